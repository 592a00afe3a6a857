// Limits how much text (a character and its accents, joiners) one cell of a screen takes. The same on both sides, because
// widths must agree.

/** The part of xterm.js' IUnicodeVersionProvider that decides how wide a character is. */
export interface UnicodeProvider {
  readonly version: string;
  wcwidth(codepoint: number): 0 | 1 | 2;
  /** Bit 0: joins the character before. Bits 1 and 2: columns. Above: the provider's own, given back as `preceding`. */
  charProperties(codepoint: number, preceding: number): number;
}

/**
 * UTF-16 units of a cell. Scripts stack fewer than ten marks. Up to 12 units V8 keeps a text in one piece of some 40 bytes;
 * longer ones, which xterm puts together mark by mark, become chains: 30 marks took a kilobyte, and a terminal gigabytes.
 */
export const maxCellUnits = 12;
const joins = 0b001;
const oneColumn = 0b010;
const stateShift = 3;

/**
 * xterm appends every mark to the text of its cell, without limit. Beyond the limit a mark begins a cell of its own.
 * How many cells there are is limited in screen-bounds.ts.
 * @param provider one that keeps no state of its own, such as the Unicode 11 addon's
 */
export function boundMarks(provider: UnicodeProvider): UnicodeProvider {
  return {
    version: `${provider.version}-bounded`,
    wcwidth: (codepoint) => provider.wcwidth(codepoint),
    charProperties: (codepoint, preceding) => {
      const found = provider.charProperties(codepoint, preceding & 0b111);
      const own = codepoint > 0xffff ? 2 : 1;
      // Nothing precedes a mark that xterm can neither join nor show: it keeps no state, as without limits.
      if (found === 0) return found;
      if ((found & joins) === 0) return found | (own << stateShift);
      const units = (preceding >> stateShift) + own;
      return units > maxCellUnits ? oneColumn | (own << stateShift) : found | (units << stateShift);
    },
  };
}
