// What the machine's American keyboard types when the reader uses another one.
import { expect, test } from 'vitest';
import { ScreenKeys } from './screen-keys.ts';
import { usKeyOf, type PressedKey } from './us-keyboard.ts';

interface Pressed {
  key: string;
  code: string;
  isShift?: boolean;
  isAltGraph?: boolean;
  isAlt?: boolean;
  isCapsLock?: boolean;
}

function event({ key, code, isShift = false, isAltGraph, isAlt, isCapsLock }: Pressed): PressedKey {
  const states: Record<string, boolean | undefined> = { AltGraph: isAltGraph, CapsLock: isCapsLock };
  return {
    key,
    code,
    shiftKey: isShift,
    altKey: isAlt === true,
    getModifierState: (name) => states[name] === true,
  };
}

/** Presses keys one after the other, with Shift held where a key says so. */
function type(pressed: Pressed[], isMac = false) {
  const sent: string[] = [];
  const untyped: string[] = [];
  const keys = new ScreenKeys(
    (_keysym, code, isDown) => sent.push(`${isDown ? '+' : '-'}${code}`),
    isMac,
    (sign) => untyped.push(sign),
  );
  const left: string[] = [];
  for (const one of pressed) {
    if (one.isShift === true) keys.down(event({ key: 'Shift', code: 'ShiftLeft', isShift: true }));
    if (!keys.down(event(one))) left.push(one.key);
    keys.up({ code: one.code });
    if (one.isShift === true) keys.up({ code: 'ShiftLeft' });
  }
  return { sent, untyped, left };
}

test('every ASCII character has a key', () => {
  for (let point = 0x20; point < 0x7f; point++) {
    expect(usKeyOf(String.fromCodePoint(point)), String.fromCodePoint(point)).toBeDefined();
  }
  for (const sign of ['ß', 'é', '€', '\t', '']) expect(usKeyOf(sign)).toBeUndefined();
});

test.each([
  ['the hyphen of a German keyboard is where the slash is', { key: '-', code: 'Slash' }, ['+Minus', '-Minus']],
  ['y and z are swapped', { key: 'z', code: 'KeyY' }, ['+KeyZ', '-KeyZ']],
  ['a capital', { key: 'Z', code: 'KeyY', isShift: true }, ['+KeyZ', '-KeyZ']],
  ['with Caps Lock there is no Shift', { key: 'Z', code: 'KeyY', isCapsLock: true }, ['+KeyZ', '-KeyZ']],
  [
    'Shift is released for a character without it',
    { key: '/', code: 'Digit7', isShift: true },
    ['-ShiftLeft', '+Slash', '-Slash', '+ShiftLeft'],
  ],
  [
    'Shift is pressed for a character that needs it',
    { key: '#', code: 'Backslash' },
    ['+ShiftLeft', '+Digit3', '-Digit3', '-ShiftLeft'],
  ],
  [
    'AltGr does not make a shortcut',
    { key: '[', code: 'Digit8', isAltGraph: true },
    ['-AltRight', '-AltLeft', '-ControlLeft', '+BracketLeft', '-BracketLeft'],
  ],
])('%s', (_what, pressed, expected) => {
  expect(type([pressed])).toEqual({ sent: expected, untyped: [], left: [] });
});

test('Option types characters on a Mac, and Alt makes shortcuts elsewhere', () => {
  expect(type([{ key: '@', code: 'KeyL', isAlt: true }], true).sent.slice(-4)).toEqual([
    '+ShiftLeft',
    '+Digit2',
    '-Digit2',
    '-ShiftLeft',
  ]);
  expect(type([{ key: 'x', code: 'KeyX', isAlt: true }]).left).toEqual(['x']);
});

test('keys that are the same on both keyboards are left to the library, and so are keys that type nothing', () => {
  const same = [
    { key: 'a', code: 'KeyA' },
    { key: '!', code: 'Digit1', isShift: true },
    { key: ' ', code: 'Space', isShift: true },
    { key: '5', code: 'Numpad5' },
    { key: ',', code: 'NumpadDecimal' },
    { key: 'Enter', code: 'Enter' },
    { key: 'ArrowLeft', code: 'ArrowLeft' },
    { key: 'Unidentified', code: '' },
  ];
  expect(type(same)).toEqual({ sent: [], untyped: [], left: same.map(({ key }) => key) });
});

test('a character that cannot be typed in the machine is reported, not replaced by another', () => {
  const pressed = [
    { key: 'ß', code: 'Minus' },
    { key: 'ö', code: 'Semicolon' },
    { key: 'Dead', code: 'Backquote' },
  ];
  expect(type(pressed)).toEqual({ sent: [], untyped: ['ß', 'ö'], left: [] });
});

test('a key that the library saw pressed is also released there', () => {
  const keys = new ScreenKeys(
    () => undefined,
    false,
    () => undefined,
  );
  expect(keys.down(event({ key: 'a', code: 'KeyA' }))).toBe(false);
  expect(keys.up({ code: 'KeyA' })).toBe(false);
  expect(keys.down(event({ key: 'z', code: 'KeyY' }))).toBe(true);
  keys.forget();
  expect(keys.up({ code: 'KeyY' })).toBe(false);
});
