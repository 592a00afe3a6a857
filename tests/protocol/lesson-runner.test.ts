// The lesson runner with a real server, its WebSocket and a real shell: a true page passes, a broken one does not.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { failureText } from '../lessons/failure-text.ts';
import { readLessonPage } from '../lessons/lesson-page.ts';
import { LessonSession } from '../lessons/lesson-session.ts';
import { startOwnServer, type OwnServer } from '../lessons/own-server.ts';
import { PageTerminal } from '../support/page-terminal.ts';
import { playLesson, type Played } from '../lessons/play-lesson.ts';

const lab = `title: Fixture
machines:
  - { name: workstation, image: plain, memory: 64, cpus: 1, pids: 64 }
disk: 64
terminals: [{ machine: workstation }]
checks:
  - { id: greeting-there, causes: [missing, empty] }
`;

const check = `#!/bin/sh
[ -e greeting ] || { echo missing; exit 1; }
[ -s greeting ] || { echo empty; exit 1; }
`;

let dir: string;
let server: OwnServer;

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'lesson-runner-'));
  mkdirSync(path.join(dir, 'labs/fixture/checks'), { recursive: true });
  mkdirSync(path.join(dir, 'labs/images/plain'), { recursive: true });
  mkdirSync(path.join(dir, 'dist'));
  writeFileSync(path.join(dir, 'dist/index.html'), '<title>Fixture</title>');
  writeFileSync(path.join(dir, 'labs/fixture/lab.yaml'), lab);
  writeFileSync(path.join(dir, 'labs/fixture/checks/greeting-there'), check);
  chmodSync(path.join(dir, 'labs/fixture/checks/greeting-there'), 0o755);
  const flags = ['--engine', 'echo', '--labs-dir', path.join(dir, 'labs'), '--site-dir', path.join(dir, 'dist')];
  server = await startOwnServer(flags, { NODE_ENV: 'test' });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true });
});

function run(id: string, command: string, more = ''): string {
  return `<lab-run data-block="fixture/greet#${id}" data-machine="workstation" data-exit="0" data-command="${command}" ${more}></lab-run>`;
}

/** The lesson; `command` is the part that an author may break. */
function pageOf(command: string, more = ''): string {
  return `<h1>Greet</h1><lab-page data-lesson="fixture/greet" data-lab="fixture">
    <lab-step data-step="provoke">${run('touch', 'touch greeting')}<lab-check data-check="greeting-there" data-cause="empty"></lab-check></lab-step>
    <lab-step data-step="greet">${run('write', command, more)}<lab-check data-check="greeting-there"></lab-check></lab-step>
  </lab-page>`;
}

async function play(html: string): Promise<Played> {
  const page = readLessonPage(html);
  if (page === undefined) throw new Error('expected a lesson');
  await using session = await LessonSession.start(server.url, page.lab, () => undefined);
  // Awaited here: the session must not end before the lesson has.
  return await playLesson(page, session, () => undefined);
}

test('a true page passes', async () => {
  const played = await play(pageOf('cat &lt;&lt;END &gt; greeting&#10;hello&#10;END'));
  expect(played.failures.map(failureText)).toEqual([]);
  // Two blocks, a provoked failure, the check before its step, the check at its place.
  expect(played.passed).toBe(5);
});

test('a single broken command makes it fail, with command, expectation and screen', async () => {
  const played = await play(pageOf('ecko hello &gt; greeting'));
  expect(played.failures).toHaveLength(1);
  const text = played.failures.map(failureText).join('\n');
  expect(text).toContain('✗ fixture/greet, step “greet”, block fixture/greet#write');
  expect(text).toContain('    $ ecko hello > greeting');
  expect(text).toContain('  - the page: exit status 0 within 120 s');
  expect(text).toContain('  + found:    exit status 127 after');
  expect(text).toMatch(/│ .*ecko: command not found/);
});

test('a command that does something else is found by the check', async () => {
  const played = await play(pageOf('echo hello &gt; greetings'));
  expect(played.failures.map((failure) => `${failure.what}: ${failure.found}`)).toEqual([
    'check “greeting-there”: failed, cause empty',
  ]);
});

test('a mistake in the runner itself is reported as such, not as a block that still runs', async () => {
  const mistake = vi.spyOn(PageTerminal.prototype, 'runBlock').mockRejectedValue(new TypeError('a mistake of ours'));
  const interrupted = vi.spyOn(PageTerminal.prototype, 'request');
  try {
    await expect(play(pageOf('echo hello &gt; greeting'))).rejects.toThrow('a mistake of ours');
    expect(interrupted.mock.calls.filter(([{ type }]) => type === 'interrupt')).toEqual([]);
  } finally {
    mistake.mockRestore();
    interrupted.mockRestore();
  }
});

test('a command that does not end is interrupted at its time limit', async () => {
  const played = await play(pageOf('sleep 60', 'data-timeout="1"'));
  expect(played.failures.map((failure) => failure.found.replace(/\d\.\d/, 'n'))).toEqual(['still running after n s']);
});
