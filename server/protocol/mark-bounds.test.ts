import * as headless from '@xterm/headless';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { expect, it } from 'vitest';
import { boundMarks, maxCellUnits, type UnicodeProvider } from './mark-bounds.ts';

const { Terminal } = (headless as unknown as { default: typeof headless }).default;
type Headless = InstanceType<typeof Terminal>;

async function show(text: string, isBounded: boolean): Promise<Headless> {
  const terminal = new Terminal({ cols: 20, rows: 4, allowProposedApi: true });
  const register = (provider: UnicodeProvider) =>
    terminal.unicode.register(isBounded ? boundMarks(provider) : provider);
  new Unicode11Addon().activate({ unicode: { register } } as unknown as Parameters<Unicode11Addon['activate']>[0]);
  terminal.unicode.activeVersion = isBounded ? '11-bounded' : '11';
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  return terminal;
}

const longestCell = (terminal: Headless) => {
  let longest = 0;
  for (let row = 0; row < 4; row++)
    for (let column = 0; column < 20; column++) {
      const line = terminal.buffer.active.getLine(terminal.buffer.active.viewportY + row);
      longest = Math.max(longest, line?.getCell(column)?.getChars().length ?? 0);
    }
  return longest;
};

it('keeps a cell short, however many marks a program prints after it', async () => {
  expect(longestCell(await show(`a${'\u0301'.repeat(100_000)}`, false))).toBeGreaterThan(99_000);
  expect(longestCell(await show(`a${'\u0301'.repeat(100_000)}`, true))).toBe(maxCellUnits);
  expect(longestCell(await show(`漢${'\u0301'.repeat(100_000)}`, true))).toBe(maxCellUnits);
  expect(longestCell(await show(`a${`${'\u0301'.repeat(30)}\x1b[99b`.repeat(50)}`, true))).toBeLessThanOrEqual(
    maxCellUnits,
  );
});

it('leaves text unchanged', async () => {
  for (const text of [
    'cafe\u0301 ',
    'a\u0301\u0323b',
    '漢字\u3099',
    '👩\u200d🔬 x',
    'e\u0301'.repeat(30),
    '\u{1f3f3}\ufe0f',
    'q\u0307\u0323'.repeat(20),
  ]) {
    const [plain, bound] = [await show(text, false), await show(text, true)];
    for (let row = 0; row < 4; row++)
      expect(bound.buffer.active.getLine(row)?.translateToString()).toBe(
        plain.buffer.active.getLine(row)?.translateToString(),
      );
    expect(bound.buffer.active.cursorX).toBe(plain.buffer.active.cursorX);
  }
});
