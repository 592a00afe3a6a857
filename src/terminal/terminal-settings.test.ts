// Stored settings are kept, anything else becomes the default.
import { expect, test, vi } from 'vitest';
import { parseSettings } from './terminal-settings.ts';

const byDefault = { fontSize: 14, theme: 'dark', isScreenReader: false };

test('reads what was stored', () => {
  const stored = { fontSize: 18, theme: 'page', isScreenReader: true };
  expect(parseSettings(JSON.stringify(stored))).toEqual(stored);
});

test.each([null, '{', '[]', '"x"', '{"fontSize":"big","theme":"pink","isScreenReader":1}'])(
  'default for %j',
  (stored) => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    expect(parseSettings(stored)).toEqual(byDefault);
  },
);

test('keeps the font size within its limits', () => {
  expect(parseSettings('{"fontSize":400}').fontSize).toBe(28);
  expect(parseSettings('{"fontSize":-1}').fontSize).toBe(10);
});
