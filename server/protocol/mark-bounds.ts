// Limits how many combining marks (accents, joiners) one cell of a screen takes. The same on both sides, because widths must agree.

/** The part of xterm.js' IUnicodeVersionProvider that decides how wide a character is. */
export interface UnicodeProvider {
  readonly version: string;
  wcwidth(codepoint: number): 0 | 1 | 2;
  /** Bit 0: joins the character before. Bits 1 and 2: columns. Above: the provider's own, given back as `preceding`. */
  charProperties(codepoint: number, preceding: number): number;
}

/** Scripts stack fewer than ten; the stream-safe text format of Unicode (UAX 15) allows 30 in a row. */
export const maxMarks = 30;
const joins = 0b001;
const oneColumn = 0b010;
const stateShift = 3;

/**
 * xterm appends every mark to the text of its cell, without limit: a megabyte of them takes 28 MB, and a whole screen with
 * them no longer fits into a message. Beyond the limit a mark begins a cell of its own.
 * @param provider one that keeps no state of its own, such as the Unicode 11 addon's
 */
export function boundMarks(provider: UnicodeProvider): UnicodeProvider {
  return {
    version: `${provider.version}-bounded`,
    wcwidth: (codepoint) => provider.wcwidth(codepoint),
    charProperties: (codepoint, preceding) => {
      const found = provider.charProperties(codepoint, preceding & 0b111);
      if ((found & joins) === 0) return found;
      const marks = (preceding >> stateShift) + 1;
      return marks > maxMarks ? oneColumn : found | (marks << stateShift);
    },
  };
}
