// Which keys of an American keyboard type a character, as the machine's firmware, boot and console read them. Knows no page.

/** One key of the machine's keyboard, and whether Shift is held. */
export interface UsKey {
  /** The key's position, by its name in `KeyboardEvent.code`. */
  code: string;
  needsShift: boolean;
}

/** Each key's position with its two characters. Letters and digits have their own rule below. */
const signKeys: readonly [code: string, plain: string, shifted: string][] = [
  ['Backquote', '`', '~'],
  ['Minus', '-', '_'],
  ['Equal', '=', '+'],
  ['BracketLeft', '[', '{'],
  ['BracketRight', ']', '}'],
  ['Backslash', '\\', '|'],
  ['Semicolon', ';', ':'],
  ['Quote', "'", '"'],
  ['Comma', ',', '<'],
  ['Period', '.', '>'],
  ['Slash', '/', '?'],
  ['Space', ' ', ' '],
];
const overDigits = ')!@#$%^&*(';

/** All 95 printable ASCII characters. */
const keys = new Map<string, UsKey>(
  [
    ...Array.from(overDigits, (sign, digit) => [`Digit${digit}`, String(digit), sign] as const),
    ...Array.from('abcdefghijklmnopqrstuvwxyz', (letter) => {
      const capital = letter.toUpperCase();
      return [`Key${capital}`, letter, capital] as const;
    }),
    ...signKeys,
  ].flatMap(([code, plain, shifted]) => [
    [shifted, { code, needsShift: true }],
    // After the one without Shift: the space bar types the same with and without it.
    [plain, { code, needsShift: false }],
  ]),
);

/** @param sign one character @returns undefined when an American keyboard does not have it, such as `ß` */
export function usKeyOf(sign: string): UsKey | undefined {
  return keys.get(sign);
}

/** What is known about a key that was pressed on the reader's keyboard; a `KeyboardEvent` has all of it. */
export type PressedKey = Pick<KeyboardEvent, 'key' | 'code' | 'shiftKey' | 'altKey' | 'getModifierState'>;

export type KeyMeaning =
  /** The key is the same on both keyboards, or types nothing: the key itself is sent. */
  | { kind: 'same' }
  /** Another key of the machine's keyboard types this character. */
  | { kind: 'other'; key: UsKey }
  /** Types nothing there: a character that the machine's keyboard lacks, or half of one. */
  | { kind: 'none'; sign: string };

/** Accents come with the next key, as a character of their own; what an input method still composes does not come as a key. */
const halves = new Set(['Dead', 'Process']);

/**
 * Whether a third level of the reader's keyboard was used, which the machine's does not have: AltGr, or Option.
 * @param isMac there, Option is the key for the third level, and AltGr is not reported
 */
export function isThirdLevel(pressed: PressedKey, isMac: boolean): boolean {
  return pressed.getModifierState('AltGraph') || (isMac && pressed.altKey);
}

/** What a key of the reader's keyboard means on the machine's. @param isMac see `isThirdLevel` */
export function meaningOf(pressed: PressedKey, isMac: boolean): KeyMeaning {
  if (halves.has(pressed.key)) return { kind: 'none', sign: '' };
  if (Array.from(pressed.key).length !== 1 || pressed.code.startsWith('Numpad')) return { kind: 'same' };
  const key = usKeyOf(pressed.key);
  if (key === undefined) return { kind: 'none', sign: pressed.key };
  // Caps Lock is on in the machine as well; for the space bar Shift makes no difference.
  const isLetter = key.code.startsWith('Key');
  const needsShift = key.needsShift !== (isLetter && pressed.getModifierState('CapsLock'));
  const isSamePlace = key.code === pressed.code && !isThirdLevel(pressed, isMac);
  if (isSamePlace && (needsShift === pressed.shiftKey || key.code === 'Space')) return { kind: 'same' };
  return { kind: 'other', key: { code: key.code, needsShift } };
}
