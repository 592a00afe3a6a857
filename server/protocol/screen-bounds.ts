// Limits how many cells a screen of xterm keeps above what is visible. The same on both sides: the same bytes reach both.
import { scrollbackLines } from './limits.ts';

/**
 * A cell takes 12 bytes. With marks (mark-bounds.ts) and an underline of its own it takes 120: 48 MB at this number, and 12 MB
 * more for the largest visible screen. A screen of 80 columns keeps all its lines, one of 500 columns the newest 800.
 */
export const maxScrollbackCells = 400_000;

/** Lines that a terminal of this width keeps above its screen. */
export function scrollbackFor(columns: number): number {
  return Math.min(scrollbackLines, Math.floor(maxScrollbackCells / columns));
}

/** The part of an xterm.js terminal that `resizeBounded` uses. */
interface Resizable {
  options: { scrollback?: number };
  resize(columns: number, rows: number): void;
}

/** Resizes an xterm.js terminal and its scrollback. At no moment does it keep more cells than allowed. */
export function resizeBounded(terminal: Resizable, columns: number, rows: number): void {
  const scrollback = scrollbackFor(columns);
  // Wider lines: fewer of them first. Narrower ones: xterm makes two of one, so there must be room for them first.
  terminal.options.scrollback = scrollback;
  terminal.resize(columns, rows);
}
