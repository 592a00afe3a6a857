import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BlockRun } from '../../protocol/messages.ts';
import { BlockHistory, maxBlocks } from './block-history.ts';
import { BlockRuns } from './block-runs.ts';
import { CommandMarks } from './command-marks.ts';

const prompt = (status: number) => `\x1b[?2004h\x1b]133;D;${status}\x07\x1b]133;A\x07$ \x1b]133;B\x07`;
const redraw = (status: number) => `\x1b]133;D;${status}\x07\x1b]133;A\x07$ \x1b]133;B\x07`;
const accepted = '\r\n\x1b[?2004l\r';
const command = (before: number) => `\x1b]133;C;${before}\x07`;

function shell(isReading = true, outlivesPrompt = true) {
  const typed: string[] = [];
  const states: BlockRun[] = [];
  const runs = new BlockRuns({
    terminal: 1,
    firstPromptWithinMs: 20_000,
    outlivesPrompt,
    type: (bytes) => {
      if (isReading) typed.push(Buffer.from(bytes).toString());
      return isReading;
    },
    onChange: (run) => states.push(run),
  });
  const marks = new CommandMarks(
    (mark) => runs.onMark(mark),
    (text) => runs.onText(text),
  );
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

  it('does not take the redrawn prompt of the pasted line for a new one', () => {
    const { states, runs, says } = shell();
    says(prompt(3));
    runs.run('a#1', 'true');
    says(redraw(3) + redraw(3));
    expect(states.map((run) => run.state)).toEqual(['typed']);
  });

  it('recognises a syntax error, which runs nothing', () => {
    const { states, runs, says } = shell();
    says(prompt(0));
    runs.run('a#1', 'fi');
    says(accepted + 'bash: syntax error' + prompt(2));
    expect(states.at(-1)).toMatchObject({ state: 'done', exitStatus: 2 });
  });

  it('removes half-typed text first', () => {
    const { typed, runs, says } = shell();
    says(prompt(0));
    runs.onInput(Buffer.from('l'));
    runs.run('a#1', 'true');
    expect(typed[0]?.startsWith('\x05\x15\x1b[200~')).toBe(true);
  });

  it('waits for the first prompt of a shell that is starting, but not without end', () => {
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

  it('refuses before it reads the command, and reads a block of newlines only once', () => {
    const { typed, runs, says } = shell();
    const newlines = `x${'\n'.repeat(32_000)}y`;
    const best = (work: () => unknown) => {
      let least = Infinity;
      for (let round = 0; round < 5; round++) {
        const beganAt = performance.now();
        work();
        least = Math.min(least, performance.now() - beganAt);
      }
      return least;
    };
    vi.useRealTimers();
    // The same bytes read once, on the same machine.
    const reading = best(() => Array.from(newlines, (character) => character.charCodeAt(0)));
    says(prompt(0) + accepted + command(0));
    const refused = best(() => expect(() => runs.run('a#1', newlines)).toThrow('not at its prompt'));
    const taken = best(() => {
      says(prompt(0));
      runs.run('a#1', newlines);
      says(accepted + command(0));
    });
    expect(refused / reading).toBeLessThan(50);
    expect(taken / reading).toBeLessThan(100);
    expect(typed.at(-1)).toContain(newlines);
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

describe('blocks that wait for a text', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const until = { until: 'Enter passphrase' };

  it('are done when it is seen, even wrapped or coloured, but not because what was typed is echoed', () => {
    const { states, runs, says } = shell();
    says(prompt(0));
    runs.run('a#1', 'ask "Enter passphrase"', until);
    says('ask "Enter passphrase"' + accepted + command(0));
    expect(states.at(-1)?.state).toBe('running');
    says('Please en');
    says('ter: no. \x1b[1mEnter pa\x1b[');
    says('0mss\r\nphr');
    expect(states.at(-1)?.state).toBe('running');
    says('ase for /dev/vda3:');
    expect(states.at(-1)).toMatchObject({ block: 'a#1', state: 'done', exitStatus: 0 });
  });

  it('go on after a prompt that follows success, as before a reboot, and are done with the status of a program that failed', () => {
    const { states, runs, says } = shell();
    says(prompt(0));
    runs.run('a#1', 'systemctl reboot', until);
    says(accepted + command(0) + prompt(0));
    expect(states.at(-1)?.state).toBe('running');
    says('\x1b[2J BdsDxe: starting ... Enter passphrase:');
    expect(states.at(-1)).toMatchObject({ state: 'done', exitStatus: 0 });
    says(prompt(0));
    runs.run('a#2', 'ask', until);
    says(accepted + command(0) + prompt(7));
    expect(states.at(-1)).toMatchObject({ block: 'a#2', state: 'done', exitStatus: 7 });
  });

  it('come to an end: by their time limit, by a prompt where no machine goes down, by a machine that is off', () => {
    const { states, runs, says } = shell();
    says(prompt(0));
    runs.run('a#1', 'ask', { ...until, withinSeconds: 30 });
    says(accepted + command(0));
    vi.advanceTimersByTime(29_999);
    expect(states.at(-1)?.state).toBe('running');
    vi.advanceTimersByTime(1);
    expect(states.at(-1)).toMatchObject({ block: 'a#1', state: 'done', unseen: 'time-limit' });
    expect(states.at(-1)).not.toHaveProperty('exitStatus');

    says(prompt(0));
    runs.run('a#2', 'systemctl poweroff', until);
    says(accepted + command(0) + prompt(0));
    runs.onLost();
    expect(states.at(-1)?.state).toBe('running');
    runs.onLost(true);
    expect(states.at(-1)).toMatchObject({ block: 'a#2', state: 'done', unseen: 'machine-off' });

    const login = shell(true, false);
    login.says(prompt(0));
    login.runs.run('a#3', 'true', until);
    login.says(accepted + command(0) + prompt(0));
    expect(login.states.at(-1)).toMatchObject({ block: 'a#3', state: 'done', unseen: 'prompt' });
    const told = login.states.length;
    vi.advanceTimersByTime(3_600_000);
    expect(login.states).toHaveLength(told);
  });

  it('are ended without a status by an interrupt, and by the next block at a prompt', () => {
    const { states, runs, says } = shell();
    says(prompt(0));
    runs.run('a#1', 'sleep 9', until);
    says(accepted + command(0));
    runs.onInterrupt();
    expect(states.at(-1)).toMatchObject({ block: 'a#1', state: 'done' });
    expect(states.at(-1)).not.toHaveProperty('exitStatus');
    says(prompt(130));
    runs.run('a#2', 'true', until);
    says(accepted + command(0) + prompt(0));
    runs.run('a#3', 'true');
    expect(states.slice(-2)).toMatchObject([
      { block: 'a#2', state: 'done' },
      { block: 'a#3', state: 'typed' },
    ]);
  });
});

describe('blocks of keys', () => {
  it('answer a command’s question, and both are done at the prompt', () => {
    const { typed, states, runs, says } = shell();
    says(prompt(0));
    runs.run('a#1', 'read x');
    says(accepted + command(0) + 'x? ');
    runs.run('a#keys', 'correct horse', { keys: true });
    expect(typed.at(-1)).toBe('correct horse\r');
    expect(() => runs.run('a#again', 'x', { keys: true })).toThrow('is still being handled');
    says(prompt(3));
    expect(states.slice(-2)).toMatchObject([
      { block: 'a#1', state: 'done', exitStatus: 3 },
      { block: 'a#keys', state: 'done', exitStatus: 3 },
    ]);
  });

  it('need no shell: at a boot’s passphrase prompt they run until a text or the first prompt', () => {
    const { states, runs, says } = shell();
    runs.run('a#1', 'correct horse', { keys: true, until: 'login:' });
    says('desktop lo\x1b(Bgin: ');
    expect(states.at(-1)).toMatchObject({ block: 'a#1', state: 'done', exitStatus: 0 });
    runs.run('a#2', 'correct horse', { keys: true });
    says(prompt(0));
    expect(states.at(-1)).toMatchObject({ block: 'a#2', state: 'done', exitStatus: 0 });
  });

  const answer = { keys: true, question: 'Enter passphrase for /dev/vdb' };

  it('are not typed at a shell’s prompt, where they would run as a command', () => {
    const { typed, states, runs, says } = shell();
    says(prompt(0));
    expect(() => runs.run('a#1', 'correct horse', answer)).toThrow('at its prompt');
    expect(() => runs.run('a#1', 'correct horse', { keys: true })).toThrow('at its prompt');
    says(accepted + command(0) + 'Enter passphrase for /dev/vdb: ' + prompt(1));
    expect(() => runs.run('a#1', 'correct horse', answer)).toThrow('at its prompt');
    expect([typed, states]).toEqual([[], []]);
  });

  it('are typed once their question is there, even wrapped or coloured, and not before', () => {
    const { typed, runs, says } = shell();
    says(prompt(0) + accepted + command(0) + 'Opening /dev/vdb');
    expect(() => runs.run('a#1', 'correct horse', answer)).toThrow('does not ask “Enter passphrase for /dev/vdb”');
    says('\r\nEnter pass\x1b[1m');
    says('phrase for\r\n/dev/vdb: ');
    runs.run('a#1', 'correct horse', answer);
    expect(typed).toEqual(['correct horse\r']);
  });

  it('are not typed for a question that was already answered', () => {
    const asks = () => {
      const made = shell();
      made.says(prompt(0) + accepted + command(0) + 'Enter passphrase for /dev/vdb: ');
      return made;
    };
    const byHand = asks();
    byHand.runs.onInput(Buffer.from('correct'));
    byHand.runs.onInput(Buffer.from('\r'));
    expect(() => byHand.runs.run('a#1', 'correct horse', answer)).toThrow('does not ask');
    const byBlock = asks();
    byBlock.runs.run('a#1', 'correct horse', { ...answer, until: 'Verify' });
    byBlock.says('\r\nVerify: ');
    expect(() => byBlock.runs.run('a#1', 'correct horse', answer)).toThrow('does not ask');
    byBlock.runs.run('a#2', 'correct horse', { keys: true, question: 'Verify' });
    const off = asks();
    off.runs.onLost(true);
    expect(() => off.runs.run('a#1', 'correct horse', answer)).toThrow('does not ask');
  });

  it('find their question above what a boot goes on printing, and are typed at once where nothing was heard', () => {
    const booting = shell();
    booting.says(prompt(0) + accepted + command(0) + 'Please enter passphrase for disk root: ');
    booting.says('[ 12.3] usb 1-1: new device\r\n'.repeat(300));
    const question = 'Booting … enter passphrase for disk';
    booting.runs.run('a#1', 'correct horse', { keys: true, question });
    expect(booting.typed).toEqual(['correct horse\r']);
    const silent = shell();
    silent.runs.run('a#1', 'correct horse', { keys: true, question });
    expect(silent.typed).toEqual(['correct horse\r']);
  });

  it('that lead back to a prompt have the status of the program that asked', () => {
    const { states, runs, says } = shell();
    says(prompt(0) + accepted + command(0) + 'Enter passphrase for /dev/vdb: ');
    runs.run('a#1', 'wrong', { ...answer, until: 'root@desktop' });
    says('\r\nNo key available.\r\n\x1b[?2004h\x1b]133;D;2\x07\x1b]133;A\x07root@desktop:~# \x1b]133;B\x07');
    expect(states.at(-1)).toMatchObject({ block: 'a#1', state: 'done', exitStatus: 2 });
  });

  it('that lead to a new shell do not take its status', () => {
    const { states, runs, says } = shell();
    says(prompt(0) + accepted + command(0));
    runs.onLost();
    says('Enter passphrase for /dev/vdb: ');
    runs.run('a#1', 'right', { ...answer, until: 'root@desktop' });
    says('\x1b[?2004h\x1b]133;D;1\x07\x1b]133;A\x07root@desktop:~# \x1b]133;B\x07');
    expect(states.at(-1)).toMatchObject({ block: 'a#1', state: 'done', exitStatus: 0 });
  });
});

describe('a machine that reboots under its terminal', () => {
  it('ends a running block with the first prompt of its new shell', () => {
    const { states, runs, says } = shell();
    says(prompt(0));
    runs.run('a#1', 'reboot --force');
    says(accepted + command(0) + 'Rebooting.\r\n');
    runs.onLost();
    says('\x1b[2J\x1b[01;01HGRUB\r\n[ OK ]\r\n' + prompt(0));
    expect(states.at(-1)).toMatchObject({ state: 'done', exitStatus: 0 });
  });

  it('is not at a prompt until its new shell is', () => {
    const { runs, says } = shell();
    says(prompt(0));
    runs.onLost();
    expect(() => runs.run('a#1', 'true')).toThrow('not at its prompt');
    says(prompt(0));
    runs.run('a#1', 'true');
  });
});

describe('BlockHistory', () => {
  it('keeps the last state of each block, for a limited number of blocks', () => {
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
