// Counting: the numbers in the last line must add up, whatever went wrong.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { findMachinePaths, forbiddenIn, machinePaths, machinePathsIn } from './forbidden-text.ts';
import { readPlaywrightReport } from './playwright-stage.ts';
import { judgeRun, runForReport } from './runner-report.ts';
import { countsLine, runStages } from './stage.ts';
import { readVitestReport } from './vitest-stage.ts';

test('stages add up, and one that throws is a failure', async () => {
  const lines: string[] = [];
  const total = await runStages(
    [
      { name: 'unit', run: async () => ({ passed: 3, failed: 0, skipped: 1 }) },
      {
        name: 'browser',
        run: async () => {
          throw new Error('no report');
        },
      },
    ],
    (line) => lines.push(line),
  );
  expect(countsLine(total)).toBe('3 passed, 1 failed, 1 skipped');
  expect(lines.join('\n')).toContain('Error: no report');
});

test('a test file that cannot be loaded is a failure', () => {
  const report = {
    numPassedTests: 2,
    numFailedTests: 1,
    numPendingTests: 1,
    testResults: [
      { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] },
      { status: 'failed', assertionResults: [] },
      { status: 'passed', assertionResults: [{ status: 'passed' }, { status: 'pending' }] },
    ],
  };
  expect(readVitestReport(JSON.stringify(report))).toEqual({ passed: 2, failed: 2, skipped: 1 });
});

test('a flaky browser test is a failure', () => {
  const report = { stats: { expected: 5, unexpected: 1, flaky: 1, skipped: 0 }, errors: [{ message: 'x' }] };
  expect(readPlaywrightReport(JSON.stringify(report))).toEqual({ passed: 5, failed: 3, skipped: 0 });
});

describe('a runner', () => {
  const directory = mkdtempSync(join(tmpdir(), 'eu-os-labs-runner-'));
  const report = join(directory, 'report.json');
  afterAll(() => rmSync(directory, { recursive: true }));
  const run = (script: string, timeoutMs = 8_000) =>
    runForReport(directory, report, { file: process.execPath, args: ['-e', script], env: {}, timeoutMs });
  const writes = `require('node:fs').writeFileSync(${JSON.stringify(report)}, '{}');`;
  const green = { passed: 2, failed: 0, skipped: 1 };

  test('that ends well is judged only by its report', async () => {
    const end = await run(writes);
    expect(end).toEqual({ report: '{}' });
    expect(judgeRun(green, end.problem)).toEqual({ counts: green });
  });

  test('that ends badly fails although every test passed, with its last lines', async () => {
    const end = await run(`${writes} Promise.reject(new Error('nobody caught this'))`);
    expect(end.problem).toMatch(/ended with status 1, expected 0; its last lines:[^]*nobody caught this/);
    expect(judgeRun(green, end.problem)).toEqual({ counts: { ...green, failed: 1 }, complaint: end.problem });
    // A failure is counted once.
    expect(judgeRun({ ...green, failed: 3 }, end.problem)).toEqual({ counts: { ...green, failed: 3 } });
  });

  test('that hangs is ended, which counts as a failure', async () => {
    const end = await run(`${writes} setInterval(() => undefined, 1_000)`, 500);
    expect(end.problem).toContain('was ended after');
  });

  test('is not waited for when a program that it left behind still holds its output', async () => {
    const leaves = `require('node:child_process').spawn('sleep', ['10'], { stdio: 'inherit', detached: true })`;
    const end = await run(`${writes} const left = ${leaves}; console.log('left', left.pid); left.unref();`);
    expect(end).toEqual({ report: '{}' });
  });

  test('that leaves no report fails with its last lines, not with the report of the previous run', async () => {
    await run(writes);
    await expect(run('console.log("no disk"); process.exit(3)')).rejects.toThrow(/status 3[^]*no disk/);
    await expect(run('')).rejects.toThrow('found no report');
  });

  test('that found no test fails', () => {
    const none = { passed: 0, failed: 0, skipped: 0 };
    expect(judgeRun(none, undefined)).toMatchObject({
      counts: { failed: 1 },
      complaint: expect.stringContaining('found no test') as string,
    });
    expect(judgeRun({ ...none, skipped: 1 }, undefined).counts.failed).toBe(0);
  });
});

// In pieces, so that this file itself is not found.
test.each([
  ['test.on', 'ly("x", f)'],
  ['} catch (e) ', '{}'],
  ['// TO', 'DO later'],
  ['rm x |', '| true'],
])('finds %s%s', (...pieces) => {
  expect(forbiddenIn(`fine\n${pieces.join('')}`)).toHaveLength(1);
});

test('does not complain about good lines', () => {
  expect(forbiddenIn('test("x", f);\n} catch (failure) {\n  tell(failure);\n}\na || b')).toEqual([]);
});

test('no committed file mentions a path of the machine that it was written on', async () => {
  expect(await findMachinePaths(join(import.meta.dirname, '../..'))).toEqual([]);
  const other = mkdtempSync(join(tmpdir(), 'eu-os-labs-habits-'));
  try {
    mkdirSync(join(other, 'labs/one/checks'), { recursive: true });
    writeFileSync(join(other, 'labs/one/checks/passes'), `#!/bin/sh\nls ${other}/labs\n`);
    writeFileSync(join(other, 'README.md'), 'Written in /home/anna/notes.\n');
    expect(await findMachinePaths(other, '/home/anna')).toEqual([
      'README.md:1: /home/anna',
      `labs/one/checks/passes:2: ${other}`,
    ]);
  } finally {
    rmSync(other, { recursive: true });
  }
});

test('a path of this machine is found, alone and before a file name', () => {
  const paths = machinePaths('/srv/anna/labs', '/home/anna');
  expect(paths).toEqual(['/srv/anna/labs', '/home/anna']);
  expect(machinePathsIn('cd /srv/anna/labs\nfine\n"file:///home/anna/notes"', paths)).toEqual([
    '1: /srv/anna/labs',
    '3: /home/anna',
  ]);
  expect(machinePathsIn('/srv/anna/labs-2 and /chroot/home/anna', paths)).toEqual([]);
  // As in a container: neither points to anybody.
  expect(machinePaths('/src', '/root')).toEqual([]);
});
