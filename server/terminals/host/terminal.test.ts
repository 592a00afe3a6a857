import * as headless from '@xterm/headless';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { ServerFrame } from '../../protocol/frames.ts';
import { highWaterBytes, resumeBufferBytes } from '../../protocol/limits.ts';
import type { PtyProcess } from './pty-process.ts';
import { Terminal } from './terminal.ts';
import type { Size, Viewer } from './viewers.ts';

const { Terminal: HeadlessTerminal } = (headless as unknown as { default: typeof headless }).default;
const size = { columns: 40, rows: 8 };

/** A pty whose program is the test. */
class ScriptedPty implements PtyProcess {
  readonly pid = 1;
  isPaused = false;
  written = '';
  sizes: string[] = [];
  say: (bytes: Uint8Array) => void = () => undefined;
  exit: (code: number) => void = () => undefined;
  onData(listener: (bytes: Uint8Array) => void) {
    this.say = listener;
  }
  onExit(listener: (exitCode: number) => void) {
    this.exit = listener;
  }
  write(bytes: Uint8Array) {
    this.written += Buffer.from(bytes).toString('latin1');
    return bytes.length;
  }
  resize(columns: number, rows: number) {
    this.sizes.push(`${columns}x${rows}`);
  }
  pause() {
    this.isPaused = true;
  }
  resume() {
    this.isPaused = false;
  }
  end() {
    this.isPaused = false;
  }
}

/** A page: records what it was given, and whether that came without gaps. */
class TestViewer implements Viewer {
  offset: number | undefined;
  bytes: Buffer[] = [];
  snapshots = 0;
  exits: number[] = [];
  stalled = 0;
  columns = 0;
  screen = new HeadlessTerminal({ cols: size.columns, rows: size.rows, allowProposedApi: true, logLevel: 'off' });
  send(frame: ServerFrame) {
    if (frame.type === 'snapshot') {
      this.snapshots++;
      this.columns = frame.columns;
      this.screen = new HeadlessTerminal({
        cols: frame.columns,
        rows: frame.rows,
        allowProposedApi: true,
        logLevel: 'off',
      });
      this.screen.write(frame.screen);
      this.offset = frame.offset;
      return;
    }
    if (frame.offset !== this.offset)
      throw new Error(`found output from ${frame.offset}, expected it from ${this.offset}`);
    this.screen.write(frame.bytes);
    this.bytes.push(Buffer.from(frame.bytes));
    this.offset = frame.offset + frame.bytes.length;
  }
  onStalled() {
    this.stalled++;
  }
  sizes: string[] = [];
  onSize(_terminal: number, { columns, rows }: Size, isYours: boolean) {
    this.sizes.push(`${columns}x${rows} ${isYours ? 'mine' : 'theirs'}`);
  }
  onExit(_terminal: number, exitCode: number) {
    this.exits.push(exitCode);
  }
  async text() {
    await new Promise<void>((resolve) => this.screen.write('', resolve));
    const buffer = this.screen.buffer.active;
    return Array.from({ length: buffer.length }, (_, at) => buffer.getLine(at)?.translateToString(true) ?? '').join(
      '\n',
    );
  }
}

function makeTerminal() {
  const pty = new ScriptedPty();
  const exits: number[] = [];
  const terminal = new Terminal({
    ...size,
    number: 1,
    kind: 'shell',
    start: () => pty,
    onBlock: () => undefined,
    onExit: (code) => exits.push(code),
  });
  return { pty, terminal, exits };
}

const told = (isTrue: () => boolean) => vi.waitFor(() => expect(isTrue()).toBe(true), { interval: 2 });

async function attached(terminal: Terminal, viewerSize = size) {
  const viewer = new TestViewer();
  terminal.attach(viewer, viewerSize);
  await told(() => viewer.snapshots > 0);
  return viewer;
}

describe('Terminal', () => {
  it('gives a page that comes and goes everything exactly once, wherever output is cut', async () => {
    const act = fc.oneof(
      { weight: 3, arbitrary: fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme-ascii' }) },
      { weight: 1, arbitrary: fc.constantFrom('\r\n', '\x1b[31', 'mred\x1b[', '0m', 'ü') },
      { weight: 1, arbitrary: fc.constantFrom('leave' as const, 'return' as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
        const { pty, terminal } = makeTerminal();
        const loyal = await attached(terminal);
        const guest = await attached(terminal);
        let isHere = true;
        let said = '';
        for (const each of acts) {
          if (each === 'leave') {
            terminal.detach(guest);
            isHere = false;
          } else if (each === 'return') {
            terminal.attach(guest, size, { offset: guest.offset });
            isHere = true;
          } else {
            said += each;
            pty.say(Buffer.from(each));
          }
        }
        if (!isHere) terminal.attach(guest, size, { offset: guest.offset });
        // A resume finds nothing gathered: all output has been sent.
        terminal.attach(loyal, size, { offset: loyal.offset });
        for (const viewer of [loyal, guest]) expect(Buffer.concat(viewer.bytes).toString()).toBe(said);
        expect(await guest.text()).toBe(await loyal.text());
        terminal.close();
      }),
      { numRuns: 60 },
    );
  });

  it('gives a screen when the ring has lost what the page lacks, or the offset is not this terminal’s', async () => {
    const { pty, terminal } = makeTerminal();
    const viewer = await attached(terminal);
    terminal.detach(viewer);
    pty.say(Buffer.alloc(resumeBufferBytes + 1, 'x\r\n'));
    for (const [snapshots, offset] of [
      [2, 0],
      [3, resumeBufferBytes + 2],
    ] as const) {
      terminal.attach(viewer, size, { offset });
      await told(() => viewer.snapshots === snapshots);
      expect(viewer.offset).toBe(resumeBufferBytes + 1);
    }
    terminal.close();
  });

  it('holds up the program for a page that does not acknowledge, but not for one that is away', async () => {
    const { pty, terminal } = makeTerminal();
    const viewer = await attached(terminal);
    pty.say(Buffer.alloc(highWaterBytes + 1, 'x'));
    expect(pty.isPaused).toBe(true);
    terminal.acknowledge(viewer, highWaterBytes + 1);
    expect(pty.isPaused).toBe(false);
    pty.say(Buffer.alloc(highWaterBytes + 1, 'x'));
    expect(pty.isPaused).toBe(true);
    terminal.detach(viewer);
    expect(pty.isPaused).toBe(false);
    expect(() => terminal.acknowledge(viewer, 10 * highWaterBytes)).toThrow(RangeError);
    terminal.close();
  });

  it('takes the size of the page that attached, typed or resized last, and of the one before it when that page leaves', async () => {
    const { pty, terminal } = makeTerminal();
    const first = await attached(terminal);
    const second = await attached(terminal, { columns: 60, rows: 8 });
    await told(() => first.columns === 60);
    terminal.input(first, Buffer.from('k'));
    await told(() => second.columns === 40);
    terminal.resize(second, { columns: 70, rows: 9 });
    await told(() => first.columns === 70);
    terminal.detach(second);
    expect(pty.sizes).toEqual(['60x8', '40x8', '70x9', '40x8']);
    terminal.close();
  });

  it('passes on keys from all pages, answers only from the one that owns the size, and nothing from a page that is not attached', async () => {
    const { pty, terminal } = makeTerminal();
    const first = await attached(terminal);
    const second = await attached(terminal);
    terminal.input(first, Buffer.from('\x1b[1;1R'));
    terminal.input(second, Buffer.from('\x1b[2;2R'));
    terminal.input(first, Buffer.from('k'));
    terminal.input(new TestViewer(), Buffer.from('never'));
    await told(() => pty.written.endsWith('k'));
    expect(pty.written).toBe('\x1b[2;2Rk');
    terminal.close();
  });

  it('reports the exit after the last output, also to pages that come later', async () => {
    const { pty, terminal, exits } = makeTerminal();
    const viewer = await attached(terminal);
    pty.say(Buffer.from('last words'));
    pty.exit(3);
    expect(Buffer.concat(viewer.bytes).toString()).toBe('last words');
    expect([viewer.exits, exits]).toEqual([[3], [3]]);
    expect(terminal.state).toMatchObject({ state: 'exited', exitCode: 3, offset: 10 });
    const late = await attached(terminal);
    expect(await late.text()).toContain('last words');
    expect(late.exits).toEqual([3]);
    expect(() => terminal.run('a#1', 'true')).toThrow('has ended');
    terminal.close();
  });

  it('tells each page whose size counts, and only when that changes', async () => {
    const { pty, terminal } = makeTerminal();
    const first = await attached(terminal);
    const second = await attached(terminal, { columns: 100, rows: 30 });
    expect(first.sizes).toEqual(['40x8 mine', '100x30 theirs']);
    expect(second.sizes).toEqual(['100x30 mine']);
    terminal.input(second, Buffer.from('x'));
    terminal.use(first);
    expect(first.sizes.at(-1)).toBe('40x8 mine');
    expect(second.sizes).toEqual(['100x30 mine', '40x8 theirs']);
    terminal.resize(second, { columns: 90, rows: 20 });
    terminal.detach(second);
    expect(first.sizes.slice(3)).toEqual(['90x20 theirs', '40x8 mine']);
    expect(pty.sizes.at(-1)).toBe('40x8');
  });

  it('leaves the size to the page in use when another page only comes back', async () => {
    const { pty, terminal } = makeTerminal();
    const first = await attached(terminal);
    const back = new TestViewer();
    terminal.attach(back, { columns: 100, rows: 30 }, { inUse: false });
    await told(() => back.snapshots > 0);
    expect([back.columns, ...back.sizes, ...first.sizes]).toEqual([40, '40x8 theirs', '40x8 mine']);
    expect(pty.sizes).toEqual([]);
    terminal.detach(first);
    expect(back.sizes.at(-1)).toBe('100x30 mine');
  });

  it('gives the size to the only page, whether it is in use or not', async () => {
    const { pty, terminal } = makeTerminal();
    const viewer = new TestViewer();
    terminal.attach(viewer, { columns: 100, rows: 30 }, { inUse: false });
    await told(() => viewer.snapshots > 0);
    expect([viewer.columns, ...viewer.sizes, ...pty.sizes]).toEqual([100, '100x30 mine', '100x30']);
  });
});
