// A picture is shown whole as long as its letters can be read; otherwise at its own size.
import { expect, test } from 'vitest';
import { isReadableWhole } from './screen-scale.ts';

test.each([
  [695, 447, 640, 480, true],
  [695, 447, 800, 600, true],
  [695, 447, 1024, 768, true],
  [695, 447, 1280, 800, false],
  [1200, 700, 1280, 800, true],
  [1200, 300, 1280, 800, false],
  [374, 560, 640, 480, true],
  [374, 170, 640, 480, false],
])('%i × %i px for a picture of %i × %i px', (width, height, pictureWidth, pictureHeight, isWhole) =>
  expect(isReadableWhole({ width, height }, { width: pictureWidth, height: pictureHeight })).toBe(isWhole),
);
