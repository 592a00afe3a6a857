// The place is remembered separately for wide and narrow screens; nonsense gives the default.
import { expect, test, vi } from 'vitest';
import { clampPercent, formatPlace, parsePlace } from './panel-place.ts';

test('the default is beside the text on wide screens, folded on narrow ones', () => {
  expect(parsePlace(null, true)).toEqual({ size: 'normal' });
  expect(parsePlace(null, false)).toEqual({ size: 'folded' });
});

test('wide and narrow keep their own size', () => {
  let stored = formatPlace(null, { sharePercent: 55, size: 'full' }, true);
  stored = formatPlace(stored, { sharePercent: 55, size: 'normal' }, false);
  expect(parsePlace(stored, true)).toEqual({ sharePercent: 55, size: 'full' });
  expect(parsePlace(stored, false)).toEqual({ sharePercent: 55, size: 'normal' });
});

test.each(['{', '3', '{"sharePercent":"x","wide":"huge"}'])('default for %j', (stored) => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  expect(parsePlace(stored, true)).toEqual({ size: 'normal' });
});

test('a size alone does not set the width: the terminal’s 80 columns decide', () => {
  const stored = formatPlace(null, { size: 'folded' }, true);
  expect(parsePlace(stored, true)).toEqual({ size: 'folded' });
  expect(stored).not.toContain('Percent');
});

test('stays between 30 and 65 %', () => {
  expect([clampPercent(1), clampPercent(46.04), clampPercent(99)]).toEqual([30, 46, 65]);
});
