// Counting: the last line must add up, whatever went wrong.
import { expect, test } from 'vitest';
import { forbiddenIn } from './forbidden-text.ts';
import { readPlaywrightReport } from './playwright-stage.ts';
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

// In pieces, so that this file is not found itself.
test.each([
  ['test.on', 'ly("x", f)'],
  ['} catch (e) ', '{}'],
  ['// TO', 'DO later'],
  ['rm x |', '| true'],
])('finds %s%s', (...pieces) => {
  expect(forbiddenIn(`fine\n${pieces.join('')}`)).toHaveLength(1);
});

test('leaves sound lines alone', () => {
  expect(forbiddenIn('test("x", f);\n} catch (failure) {\n  tell(failure);\n}\na || b')).toEqual([]);
});
