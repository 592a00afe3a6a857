// What a reader chose for all terminals, stored in the browser. Knows no terminal.
import { keep, readKept } from '../page/browser-storage.ts';
import { parseStoredObject } from '../page/stored-object.ts';

export interface TerminalSettings {
  /** CSS pixels. */
  fontSize: number;
  /** `page` follows the page's theme. */
  theme: 'dark' | 'light' | 'page';
  /** xterm keeps a readable copy of the screen for screen readers, which costs speed. */
  isScreenReader: boolean;
}

export const smallestFont = 10;
export const largestFont = 28;

const complaint = 'the terminal settings in this browser cannot be read, using the default';
const storageKey = 'euos-labs:terminal';
const byDefault: TerminalSettings = { fontSize: 14, theme: 'dark', isScreenReader: false };

/** Reads what is stored; anything that is not a setting (from an older version, or written by others) gives the default. */
export function parseSettings(stored: string | null): TerminalSettings {
  const found = parseStoredObject(stored, complaint);
  const { fontSize, theme, isScreenReader } = found;
  return {
    fontSize: typeof fontSize === 'number' && Number.isFinite(fontSize) ? clampFont(fontSize) : byDefault.fontSize,
    theme: theme === 'light' || theme === 'page' ? theme : byDefault.theme,
    isScreenReader: isScreenReader === true,
  };
}

export function clampFont(size: number): number {
  return Math.min(largestFont, Math.max(smallestFont, Math.round(size)));
}

type Listener = (settings: TerminalSettings) => void;

let current: TerminalSettings | undefined;
const listeners = new Set<Listener>();

export function terminalSettings(): TerminalSettings {
  current ??= parseSettings(readKept(storageKey));
  return current;
}

/** Changes settings for all terminals of the page, and stores them. */
export function changeTerminalSettings(change: Partial<TerminalSettings>): void {
  current = { ...terminalSettings(), ...change };
  keep(storageKey, JSON.stringify(current));
  for (const listener of listeners) listener(current);
}

export function onTerminalSettings(listener: Listener, signal: AbortSignal): void {
  listeners.add(listener);
  signal.addEventListener('abort', () => listeners.delete(listener), { once: true });
}
