// Measures the contrast of what a terminal really draws. Runs in the page, so it is self-contained.

interface Cells {
  /** How many cells of `Aa` were measured. */
  cells: number;
  /** Those below 4.5:1. */
  unreadable: string[];
  /** The terminal's background. */
  ground: string;
  /** The background of cells on ANSI black. */
  black: string;
}

/** Measures each `Aa` of the terminal that is shown: each is printed in another pair of colours. */
export function unreadableCells(): Cells {
  const shown = document.querySelector('.lab-terminal:not([hidden]) .lab-xterm');
  const ground = shown === null ? '' : getComputedStyle(shown).backgroundColor;
  const channels = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const groundOf = (element: Element): string => {
    const own = getComputedStyle(element).backgroundColor;
    return channels(own)[3] === 0 ? ground : own;
  };
  const luminance = (colour: string) => {
    const [red = 0, green = 0, blue = 0] = channels(colour).map((value) =>
      value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one: string, other: string) => {
    const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const spans = [...(shown?.querySelectorAll('.xterm-rows span') ?? [])].filter(({ textContent }) =>
    /^(Aa)+$/.test(textContent ?? ''),
  );
  const unreadable = spans.flatMap((span) => {
    const { color } = getComputedStyle(span);
    const ratio = contrast(color, groundOf(span));
    // Colours are whole numbers from 0 to 255: a difference of one hundredth is rounding.
    return ratio >= 4.49 ? [] : [`${color} on ${groundOf(span)}: ${ratio.toFixed(2)}`];
  });
  const cells = spans.reduce((sum, { textContent }) => sum + (textContent ?? '').length / 2, 0);
  const first = spans[0];
  return { cells, unreadable, ground, black: first === undefined ? '' : groundOf(first) };
}
