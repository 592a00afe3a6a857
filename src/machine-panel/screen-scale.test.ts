// Small pictures are shown whole; a large one in a narrow panel is shown at its own size.
import { expect, test } from 'vitest';
import { isReadableWhole } from './screen-scale.ts';

test.each([
  [690, 640, true],
  [690, 800, true],
  [690, 1024, false],
  [690, 1280, false],
  [1200, 1280, true],
  [374, 640, false],
])('%i px for a picture of %i px', (place, picture, isWhole) => expect(isReadableWhole(place, picture)).toBe(isWhole));
