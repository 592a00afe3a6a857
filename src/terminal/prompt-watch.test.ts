// A prompt is distinguished from a running program by what a real shell writes.
import { Terminal } from '@xterm/headless';
import { expect, test } from 'vitest';
import { PromptWatch } from './prompt-watch.ts';

const prompt = '\x1b[?2004h\x1b]133;A\x07root# \x1b]133;B\x07';
const runs = '\x1b[?2004l\r\n\x1b]133;C\x07';

async function watchAfter(...writes: string[]) {
  const terminal = new Terminal({ allowProposedApi: true });
  const watch = new PromptWatch(terminal);
  for (const data of writes) await new Promise<void>((done) => terminal.write(data, done));
  return watch;
}

test.each([
  ['a prompt', [prompt], true],
  ['a running command', [prompt, runs], false],
  ['the prompt after it', [prompt, runs, `\x1b]133;D;0\x07${prompt}`], true],
  ['a shell in a container, which sends no marks', [prompt, runs, '\x1b[?2004hcontainer# '], false],
  ['an editor', [prompt, runs, '\x1b[?1049h\x1b[?2004h'], false],
  ['a shell that sends neither marks nor modes', ['$ '], false],
] as const)('%s', async (_what, writes, isAtPrompt) =>
  expect((await watchAfter(...writes)).isAtPrompt).toBe(isAtPrompt),
);

test('after a whole screen its modes decide', async () => {
  const watch = await watchAfter(prompt, runs, '\x1b[?2004hcontainer# ');
  watch.forget();
  expect(watch.isAtPrompt).toBe(true);
});

test('the exit status of the command that ended last, from the shell’s mark', async () => {
  expect((await watchAfter(prompt)).exitStatus).toBeUndefined();
  expect((await watchAfter(prompt, runs, `\x1b]133;D;127\x07${prompt}`)).exitStatus).toBe(127);
  // While the next one runs, and in a shell that does not say it.
  expect((await watchAfter(`\x1b]133;D;1\x07${prompt}`, runs, '\x1b[?2004hcontainer# ')).exitStatus).toBeUndefined();
});
