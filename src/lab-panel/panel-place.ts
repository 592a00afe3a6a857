// Where the panel is: its width beside the text, and whether it is folded, normal or full. Remembered in the browser.
import { keep, readKept } from '../page/browser-storage.ts';
import { parseStoredObject } from '../page/stored-object.ts';

export type PanelSize = 'folded' | 'normal' | 'full';

export interface PanelPlace {
  /** Share of the window's width, on wide screens; absent until the reader has chosen one. */
  sharePercent?: number | undefined;
  size: PanelSize;
}

// Below 30 %, the reader scrolls sideways for every other word of a terminal; above 65 %, the text is too narrow to read.
export const narrowestPercent = 30;
export const widestPercent = 65;
/** The step of one press of an arrow key. */
export const stepPercent = 2;

const complaint = 'the panel’s place that is stored in this browser cannot be read, using the default';
const storageKey = 'euos-labs:panel';

export function clampPercent(percent: number): number {
  return Math.min(widestPercent, Math.max(narrowestPercent, Math.round(percent * 10) / 10));
}

/**
 * Reads what is stored; anything else gives the default.
 * @param isWide there is room beside the text; otherwise the panel is a folded sheet below it, which does not hide the text.
 */
export function parsePlace(stored: string | null, isWide: boolean): PanelPlace {
  const found = parseStoredObject(stored, complaint);
  const { sharePercent } = found;
  const size = found[isWide ? 'wide' : 'narrow'];
  return {
    ...(typeof sharePercent === 'number' && Number.isFinite(sharePercent)
      ? { sharePercent: clampPercent(sharePercent) }
      : {}),
    size: isSize(size) ? size : isWide ? 'normal' : 'folded',
  };
}

/** What to store: wide and narrow screens each keep their own size. */
export function formatPlace(stored: string | null, place: PanelPlace, isWide: boolean): string {
  return JSON.stringify({
    ...parseStoredObject(stored, complaint),
    ...(place.sharePercent === undefined ? {} : { sharePercent: place.sharePercent }),
    [isWide ? 'wide' : 'narrow']: place.size,
  });
}

export function loadPlace(isWide: boolean): PanelPlace {
  return parsePlace(readKept(storageKey), isWide);
}

export function savePlace(place: PanelPlace, isWide: boolean): void {
  keep(storageKey, formatPlace(readKept(storageKey), place, isWide));
}

function isSize(value: unknown): value is PanelSize {
  return value === 'folded' || value === 'normal' || value === 'full';
}
