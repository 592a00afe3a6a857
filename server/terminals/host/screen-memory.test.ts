// What programs can make a screen cost: memory of the pty host, and the size of the message that a viewer gets.
import * as v8 from 'node:v8';
import * as vm from 'node:vm';
import * as headless from '@xterm/headless';
import { expect, it } from 'vitest';
import { scrollbackLines } from '../../protocol/limits.ts';
import { maxScrollbackCells, scrollbackFor } from '../../protocol/screen-bounds.ts';
import { TerminalScreen } from './terminal-screen.ts';

const { Terminal } = (headless as unknown as { default: typeof headless }).default;
v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc') as () => void;

// 400,000 cells above the screen and 25,000 on it, at 120 bytes, and a fifth for what the test itself leaves behind.
const mostBytes = 60_000_000;
const marks = (count: number) => '\u0301'.repeat(count);
const costlyCells = {
  'letters with more marks than a cell takes': `a${marks(30)}`,
  'wide characters with marks': `漢${marks(11)}`,
  'marks outside the basic plane': `a${'\u{e0100}'.repeat(5)}`,
  'underlines with a colour and marks': `\x1b[4:3;58;2;1;2;3ma${marks(11)}`,
};

function makeScreen(columns: number, rows: number) {
  const screen = new TerminalScreen({ columns, rows, onAnswer: () => undefined, onBacklog: () => undefined });
  const parsed = () => new Promise<void>((resolve) => screen.whenParsed(resolve));
  return { screen, parsed };
}

function usedBytes(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

it.each(Object.entries(costlyCells))('keeps within its memory: %s', { timeout: 60_000 }, async (_what, cell) => {
  const { screen, parsed } = makeScreen(500, 50);
  const before = usedBytes();
  const line = Buffer.from(`${cell.repeat(500)}\r\n`);
  for (let at = 0; at < 1_500; at++) {
    screen.write(line);
    if (at % 20 === 19) await parsed();
  }
  await parsed();
  expect(usedBytes() - before).toBeLessThan(mostBytes);
  screen.dispose();
});

it.each(['\x1b]0;', '\x1b]4;', '\x1b]8;', '\x1bP$q', '\u009d0;'])(
  'keeps no endless string, after %j',
  async (beginning) => {
    const { screen, parsed } = makeScreen(80, 24);
    const before = usedBytes();
    screen.write(Buffer.from(beginning));
    const text = Buffer.from('漢'.repeat(20_000));
    for (let at = 0; at < 60; at++) {
      screen.write(text);
      await parsed();
    }
    // 5,000 lines of text take 7 MB, a string as long as it may be 8 MB. Without a limit it was 60 MB here and 500 MB at most.
    expect(usedBytes() - before).toBeLessThan(20_000_000);
    screen.dispose();
  },
);

it('keeps as many lines as its width allows, also after a resize', async () => {
  expect([2, 80, 500].map(scrollbackFor)).toEqual([scrollbackLines, scrollbackLines, maxScrollbackCells / 500]);
  const { screen, parsed } = makeScreen(80, 24);
  for (let line = 0; line < 6_000; line++) screen.write(Buffer.from(`line ${line}\r\n`));
  screen.resize(500, 24);
  await parsed();
  const text = () => Buffer.from(screen.snapshot().screen).toString();
  expect(text()).not.toContain('line 5000\r');
  expect(text()).toContain('line 5999\r');
  screen.resize(80, 24);
  for (let line = 6_000; line < 12_000; line++) screen.write(Buffer.from(`line ${line}\r\n`));
  await parsed();
  expect(text()).toContain('line 7100\r');
});

it.each(['', '\x1b[?1049h'])('sends a plain screen when the real one is too long (after “%s”)', async (screenKind) => {
  const { screen, parsed } = makeScreen(500, 200);
  screen.write(Buffer.from(`behind it\r\n${screenKind}\x1b[H\x1b[?1002h\x1b[?1006h\x1b[?2004h`));
  const cell = (at: number) =>
    `\x1b[38;2;${at % 256};1;2;48;2;${at % 255};3;4;${at % 2 === 0 ? '1;3' : '22;23'}m漢${marks(11)}`;
  const line = Buffer.from(Array.from({ length: 250 }, (_, at) => cell(at)).join(''));
  for (let row = 1; row <= 200; row++) {
    screen.write(Buffer.from(`\x1b[${row};1H`));
    screen.write(line);
    if (row % 10 === 0) await parsed();
  }
  screen.write(Buffer.from('\x1b[0m\x1b[7;3Hhere'));
  await parsed();
  const { columns, rows, screen: bytes } = screen.snapshot();
  expect(bytes.length).toBeLessThan(2 * 1024 * 1024);
  const page = new Terminal({ cols: columns, rows, allowProposedApi: true });
  await new Promise<void>((resolve) => page.write(bytes, resolve));
  const { active, normal } = page.buffer;
  expect(active.type).toBe(screenKind === '' ? 'normal' : 'alternate');
  expect(active.getLine(6)?.translateToString(true)).toMatch(/^漢here漢/);
  expect(active.getLine(199)?.translateToString(true)).toMatch(/^漢{250}$/);
  expect([active.cursorX, active.cursorY]).toEqual([6, 6]);
  expect(page.modes).toMatchObject({ mouseTrackingMode: 'drag', bracketedPasteMode: true });
  if (screenKind !== '') expect(normal.getLine(0)?.translateToString(true)).toBe('behind it');
});
