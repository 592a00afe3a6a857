// The corner of what is on a picture, as GRUB's frame in the middle of a black screen.
import { expect, test } from 'vitest';
import { contentCorner } from './screen-content.ts';

function picture(width: number, height: number, ...lit: [number, number][]): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (const [left, top] of lit) pixels.fill(200, (top * width + left) * 4, (top * width + left) * 4 + 3);
  return pixels;
}

test('the first row and the first column of all that is lit, which need not be the same point', () => {
  expect(contentCorner(picture(10, 8, [6, 2], [3, 5], [9, 7]), 10)).toEqual({ left: 3, top: 2 });
});

test('an empty picture has none, nor has one with an invisible difference', () => {
  const faint = picture(4, 4);
  faint[20] = 10;
  expect([contentCorner(picture(4, 4), 4), contentCorner(faint, 4)]).toEqual([undefined, undefined]);
});
