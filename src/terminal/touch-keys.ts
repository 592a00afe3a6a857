// Keys that a touch keyboard lacks, as the bytes a terminal expects. Pure.

export const touchKeys = ['escape', 'tab', 'control', 'left', 'up', 'down', 'right'] as const;

export type TouchKey = (typeof touchKeys)[number];

const arrows = { left: 'D', up: 'A', down: 'B', right: 'C' } as const;

export interface KeyModes {
  /** The program has requested application cursor keys (DECCKM). */
  isApplicationCursor: boolean;
  isControl: boolean;
}

/** What the key sends; empty for the modifier, which sends nothing by itself. */
export function touchKeyData(key: TouchKey, modes: KeyModes): string {
  switch (key) {
    case 'escape':
      return '\x1b';
    case 'tab':
      return '\t';
    case 'control':
      return '';
    default: {
      if (modes.isControl) return `\x1b[1;5${arrows[key]}`;
      return `\x1b${modes.isApplicationCursor ? 'O' : '['}${arrows[key]}`;
    }
  }
}

/** A typed character with Ctrl held: letters, and the few other characters that have a control code. The rest stay unchanged. */
export function withControl(data: string): string {
  if (data.length !== 1) return data;
  const code = data.toUpperCase().charCodeAt(0);
  if (code === 0x20) return '\x00';
  if (code === 0x3f) return '\x7f';
  return code >= 0x40 && code <= 0x5f ? String.fromCharCode(code - 0x40) : data;
}
