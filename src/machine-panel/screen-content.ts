// Where on a machine's picture there is something: the top left corner of all that differs from its background. Pure.

/** A difference of a colour that can be seen; the picture is not compressed with losses, so that noise is no question. */
const leastDifference = 48;

/** @param pixels four bytes each, row by row @returns undefined for a picture of one colour */
export function contentCorner(pixels: Uint8ClampedArray, width: number): { left: number; top: number } | undefined {
  let left = width;
  let top: number | undefined;
  for (let at = 0; at < pixels.length; at += 4) {
    const column = (at / 4) % width;
    // To the right of what was found already, and below it: nothing to learn.
    if (top !== undefined && column >= left) continue;
    if (!differs(pixels, at)) continue;
    top ??= Math.floor(at / 4 / width);
    left = Math.min(left, column);
  }
  return top === undefined ? undefined : { left, top };
}

/** From the background, which is what the first pixel shows. */
function differs(pixels: Uint8ClampedArray, at: number): boolean {
  for (let channel = 0; channel < 3; channel++)
    if (Math.abs((pixels[at + channel] ?? 0) - (pixels[channel] ?? 0)) >= leastDifference) return true;
  return false;
}
