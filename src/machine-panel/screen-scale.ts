// Whether a machine's picture is shown whole or at its own size, so that its text can be read. Pure.

export interface Size {
  width: number;
  height: number;
}

// A console's letters are 16 px high: at nine sixteenths they are 9 px, the smallest that can be read at all.
const leastFactor = 9 / 16;

/** @param place the picture's box in CSS pixels @param picture its own size */
export function isReadableWhole(place: Size, picture: Size): boolean {
  return Math.min(place.width / picture.width, place.height / picture.height) >= leastFactor;
}
