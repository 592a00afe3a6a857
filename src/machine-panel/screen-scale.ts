// Whether a machine's picture is shown whole or at its own size, so that its text can be read. Pure.

// A console's letters are 16 px high: at three quarters they are 12 px, the smallest size that can be read for long.
const leastFactor = 0.75;

/** @param place width of the picture's box in CSS pixels @param picture its own width */
export function isReadableWhole(place: number, picture: number): boolean {
  return place >= picture * leastFactor;
}
