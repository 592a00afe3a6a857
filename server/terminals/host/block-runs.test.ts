import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BlockRun } from '../../protocol/messages.ts';
import { BlockHistory, maxBlocks } from './block-history.ts';
import { BlockRuns } from './block-runs.ts';
import { CommandMarks } from './command-marks.ts';

const prompt = (status: number) => `\x1b[?2004h\x1b]133;D;${status}\x07\x1b]133;A\x07$ \x1b]133;B\x07`;
const redraw = (status: number) => `\x1b]133;D;${status}\x07\x1b]133;A\x07$ \x1b]133;B\x07`;
const accepted = '\r\n\x1b[?2004l\r';
const command = (before: number) => `\x1b]133;C;${before}\x07`;

function shell(isReading = true) {
  const typed: string[] = [];
  const states: BlockRun[] = [];
  const runs = new BlockRuns({
    terminal: 1,
    type: (bytes) => {
      if (isReading) typed.push(Buffer.from(bytes).toString());
      return isReading;
    },
    onChange: (run) => states.push(run),
  });
  const marks = new CommandMarks((mark) => runs.onMark(mark));
  return { typed, states, runs, says: (text: string) => marks.feed(Buffer.from(text)) };
}

describe('BlockRuns', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('types the command as one paste and follows it to its end', () => {
    const { typed, states, runs, says } = shell();
    says(prompt(0));
    runs.run('a#1', 'false\necho\tx\n');
    expect(typed).toEqual(['\x1b[200~false\necho\tx\x1b[201~\r']);
    says(redraw(0) + accepted + command(0));
    says(command(1));
    expect(states.map((run) => run.state)).toEqual(['typed', 'running']);
    says(prompt(0));
    expect(states.at(-1)).toMatchObject({ block: 'a#1', terminal: 1, state: 'done', exitStatus: 1 });
  });

  it('takes the redrawn prompt of the pasted line for what it is', () => {
    const { states, runs, says } = shell();
    says(prompt(3));
    runs.run('a#1', 'true');
    says(redraw(3) + redraw(3));
    expect(states.map((run) => run.state)).toEqual(['typed']);
  });

  it('knows a syntax error, which runs nothing', () => {
    const { states, runs, says } = shell();
    says(prompt(0));
    runs.run('a#1', 'fi');
    says(accepted + 'bash: syntax error' + prompt(2));
    expect(states.at(-1)).toMatchObject({ state: 'done', exitStatus: 2 });
  });

  it('removes half-typed text first', () => {
    const { typed, runs, says } = shell();
    says(prompt(0));
    runs.onInput();
    runs.run('a#1', 'true');
    expect(typed[0]?.startsWith('\x05\x15\x1b[200~')).toBe(true);
  });

  it('waits for the first prompt of a shell that is starting, and not for ever', () => {
    const { typed, states, runs, says } = shell();
    runs.run('a#1', 'true');
    expect(typed).toEqual([]);
    says(prompt(0));
    expect(typed).toHaveLength(1);
    const silent = shell();
    silent.runs.run('a#1', 'true');
    vi.advanceTimersByTime(20_000);
    expect(silent.states.at(-1)).toMatchObject({ state: 'done' });
    expect(silent.states.at(-1)).not.toHaveProperty('exitStatus');
    expect(states.at(-1)?.state).toBe('typed');
  });

  it('is busy while a program or another block runs, at an unfinished line, and when nobody reads', () => {
    const { runs, says } = shell();
    says(prompt(0) + accepted + command(0));
    expect(() => runs.run('a#1', 'true')).toThrow('not at its prompt');
    says(prompt(0));
    runs.run('a#1', 'sleep 9');
    expect(() => runs.run('a#2', 'true')).toThrow('not at its prompt');
    const unfinished = shell();
    unfinished.says(prompt(0) + accepted + '\x1b[?2004h> ');
    expect(() => unfinished.runs.run('a#1', 'true')).toThrow('not at its prompt');
    const deaf = shell(false);
    deaf.says(prompt(0));
    expect(() => deaf.runs.run('a#1', 'true')).toThrow('has not read');
  });

  it('says done without a status when the shell goes away', () => {
    const { states, runs, says } = shell();
    says(prompt(0));
    runs.run('a#1', 'exit 4');
    says(accepted + command(0));
    runs.onExit();
    expect(states.at(-1)).toMatchObject({ state: 'done' });
    expect(states.at(-1)).not.toHaveProperty('exitStatus');
  });
});

describe('BlockHistory', () => {
  it('keeps the last state of each block, and so many blocks only', () => {
    const history = new BlockHistory();
    const run = (block: string): BlockRun => ({ block, terminal: 1, state: 'done', startedAt: 0, exitStatus: 0 });
    for (let at = 0; at < maxBlocks + 5; at++) history.remember(run(`a#${at}`));
    history.remember({ ...run('a#7'), exitStatus: 1 });
    const list = history.list();
    expect(list).toHaveLength(maxBlocks);
    expect(list[0]?.block).toBe('a#5');
    expect(list.at(-1)).toMatchObject({ block: 'a#7', exitStatus: 1 });
  });
});
