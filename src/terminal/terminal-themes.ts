// Colours of the terminal: background, text, cursor and the sixteen of ANSI, for dark and light. Data only.
import type { ITheme } from '@xterm/xterm';
import type { TerminalSettings } from './terminal-settings.ts';

type ThemeChoice = TerminalSettings['theme'];

// The cursor is the only golden thing: it says "you are here". ANSI black is the background: GRUB, installers and the
// kernel's console paint whole screens black, which would otherwise stay as patches of another colour. All other colours have
// 4.5:1 on the background and so on black, and black has it on them. Other pairs (white on blue) xterm brings to 4.5:1 when
// it draws.
const dark: ITheme = {
  background: '#0f1628',
  foreground: '#dbe1ef',
  cursor: '#ffcc33',
  cursorAccent: '#0f1628',
  selectionBackground: '#31457d',
  selectionInactiveBackground: '#26345c',
  black: '#0f1628',
  red: '#ffaba1',
  green: '#8ee0a8',
  yellow: '#ffcf7d',
  blue: '#a5b9ff',
  magenta: '#e3b1f5',
  cyan: '#86dbe8',
  white: '#dbe1ef',
  brightBlack: '#8f9ab5',
  brightRed: '#ffc4bd',
  brightGreen: '#b3efc5',
  brightYellow: '#ffe0a8',
  brightBlue: '#c6d3ff',
  brightMagenta: '#f0cffb',
  brightCyan: '#b2ebf3',
  brightWhite: '#ffffff',
};

// In the page's dark theme the background is one step darker, so that the panel stays darker than the page.
const deep: ITheme = { ...dark, background: '#090d17', cursorAccent: '#090d17', black: '#090d17' };

// Inverted: what a program calls black is the background here as well, and white is the text colour.
const light: ITheme = {
  background: '#ffffff',
  foreground: '#151d33',
  cursor: '#8a6a00',
  cursorAccent: '#ffffff',
  selectionBackground: '#c8d5fb',
  selectionInactiveBackground: '#e1e8fb',
  black: '#ffffff',
  red: '#9c2016',
  green: '#0a654a',
  yellow: '#8a4b00',
  blue: '#1f3fa6',
  magenta: '#7a2a94',
  cyan: '#0b6473',
  white: '#3a4560',
  brightBlack: '#5b667f',
  brightRed: '#b3261a',
  brightGreen: '#0b7254',
  brightYellow: '#8f5200',
  brightBlue: '#2a4fc7',
  brightMagenta: '#8d35aa',
  brightCyan: '#0d7182',
  brightWhite: '#151d33',
};

const isLight = (choice: ThemeChoice, isPageDark: boolean) => choice === 'light' || (choice === 'page' && !isPageDark);

/** Marks of the search: the gold of the cursor for the current hit, a shade of it for the others. */
export function searchColours(choice: ThemeChoice, isPageDark: boolean) {
  const [matchBackground, activeMatchBackground] = isLight(choice, isPageDark)
    ? ['#fff0b8', '#ffcc33']
    : ['#4a4a2a', '#7a5e00'];
  return {
    matchBackground,
    activeMatchBackground,
    matchOverviewRuler: '#ffcc33',
    activeMatchColorOverviewRuler: '#ffcc33',
  };
}

/** Every theme that a terminal may have. */
export const terminalThemes = { dark, deep, light };

/** The terminal's colours for the reader's choice and the page's theme. */
export function terminalTheme(choice: ThemeChoice, isPageDark: boolean): ITheme {
  if (isLight(choice, isPageDark)) return light;
  return isPageDark ? deep : dark;
}
