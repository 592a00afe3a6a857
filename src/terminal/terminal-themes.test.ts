// The sixteen colours of each theme, by contrast as WCAG measures it: on the background, on black and under black.
import { getColorContrast } from '@expressive-code/core';
import { expect, test } from 'vitest';
import { searchColours, terminalThemes } from './terminal-themes.ts';

const colours = ['red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;
const bright = ['Black', 'Red', 'Green', 'Yellow', 'Blue', 'Magenta', 'Cyan', 'White'] as const;
const names = [...colours, ...bright.map((name) => `bright${name}` as const), 'foreground'] as const;
const least = 4.5;
/** For what is not text: WCAG 1.4.11. */
const leastShape = 3;

for (const [name, theme] of Object.entries(terminalThemes)) {
  const { background = '', black = '', cursor = '', cursorAccent = '' } = theme;

  test(`${name}: black is the background colour, so that painting black leaves no patch`, () =>
    expect(black).toBe(background));

  test.each(names)(`${name}: %s is readable on the background, and black on it`, (colour) => {
    const ink = theme[colour] ?? '';
    expect(getColorContrast(ink, background)).toBeGreaterThanOrEqual(least);
    expect(getColorContrast(black, ink)).toBeGreaterThanOrEqual(least);
  });

  test(`${name}: the cursor is visible, and so is the letter in it`, () => {
    expect(getColorContrast(cursor, background)).toBeGreaterThanOrEqual(leastShape);
    expect(getColorContrast(cursorAccent, cursor)).toBeGreaterThanOrEqual(least);
  });

  test(`${name}: text is readable where it is selected and where it is found`, () => {
    const { foreground = '', selectionBackground = '', selectionInactiveBackground = '' } = theme;
    const found = searchColours(name === 'light' ? 'light' : 'dark', name === 'deep');
    for (const ground of [
      selectionBackground,
      selectionInactiveBackground,
      found.matchBackground,
      found.activeMatchBackground,
    ])
      expect(getColorContrast(foreground, ground), ground).toBeGreaterThanOrEqual(least);
  });
}
