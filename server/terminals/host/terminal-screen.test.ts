import * as headless from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import { TerminalScreen } from './terminal-screen.ts';

const { Terminal } = (headless as unknown as { default: typeof headless }).default;

function makeScreen(columns = 40, rows = 10) {
  const answers: string[] = [];
  const backlog: boolean[] = [];
  const onAnswer = (answer: string) => void answers.push(answer);
  const screen = new TerminalScreen({ columns, rows, onAnswer, onBacklog: (isBehind) => void backlog.push(isBehind) });
  return { screen, answers, backlog };
}

const parsed = (screen: TerminalScreen) => new Promise<void>((resolve) => screen.whenParsed(resolve));

async function restore(screen: TerminalScreen) {
  await parsed(screen);
  const { columns, rows, screen: bytes } = screen.snapshot();
  const page = new Terminal({ cols: columns, rows, allowProposedApi: true });
  let title = '';
  page.onTitleChange((text) => (title = text));
  await new Promise<void>((resolve) => page.write(bytes, resolve));
  return { page, bytes: Buffer.from(bytes).toString(), title: () => title };
}

describe('TerminalScreen', () => {
  it('restores text, cursor, modes and title', async () => {
    const { screen } = makeScreen();
    screen.write(Buffer.from('\x1b]0;vim\x07one\r\ntwo\x1b[1;3H\x1b[?2004h\x1b[?1h\x1b[?25l\x1b[?1002h\x1b[?1006h'));
    const { page, bytes, title } = await restore(screen);
    expect(page.buffer.active.getLine(1)?.translateToString(true)).toBe('two');
    expect([page.buffer.active.cursorX, page.buffer.active.cursorY]).toEqual([2, 0]);
    expect(page.modes).toMatchObject({
      bracketedPasteMode: true,
      applicationCursorKeysMode: true,
      mouseTrackingMode: 'drag',
    });
    expect(bytes).toContain('\x1b[?25l');
    expect(bytes).toContain('\x1b[?1006h');
    expect(title()).toBe('vim');
  });

  it('restores the alternate screen and what is behind it', async () => {
    const { screen } = makeScreen();
    screen.write(Buffer.from('shell\r\n\x1b[?1049h\x1b[Hfull screen'));
    const { page } = await restore(screen);
    expect(page.buffer.active.type).toBe('alternate');
    expect(page.buffer.active.getLine(0)?.translateToString(true)).toBe('full screen');
    expect(page.buffer.normal.getLine(0)?.translateToString(true)).toBe('shell');
  });

  it('lays out old output at the old size', async () => {
    const { screen } = makeScreen(10, 4);
    screen.write(Buffer.from('\x1b[4;10HX'));
    screen.resize(20, 4);
    const { page } = await restore(screen);
    expect(page.cols).toBe(20);
    expect(page.buffer.active.getLine(3)?.translateToString(true)).toBe('         X');
  });

  it('answers what programs query', async () => {
    const { screen, answers } = makeScreen();
    screen.write(Buffer.from('ab\x1b[6n'));
    await parsed(screen);
    expect(answers).toEqual(['\x1b[1;3R']);
  });

  it('limits a snapshot by leaving out old lines', async () => {
    const { screen } = makeScreen(500, 50);
    const cells = Array.from({ length: 500 }, (_, at) => `\x1b[38;2;${at % 256};1;2mx`).join('');
    for (let line = 0; line < 600; line++) screen.write(Buffer.from(`${cells}\r\n`));
    screen.write(Buffer.from('the end'));
    await parsed(screen);
    const { screen: bytes } = screen.snapshot();
    expect(bytes.length).toBeLessThan(2 * 1024 * 1024);
    expect(Buffer.from(bytes).toString()).toContain('the end');
  });

  it('reports when parsing is behind and when it has caught up', async () => {
    const { screen, backlog } = makeScreen();
    screen.write(Buffer.alloc(1024 * 1024 + 1, 'x'));
    expect(backlog).toEqual([true]);
    await parsed(screen);
    expect(backlog).toEqual([true, false]);
  });
});
