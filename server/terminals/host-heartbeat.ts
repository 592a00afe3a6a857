// Notices a pty host that runs but does not answer. Asks, counts and reports; the caller decides what to do about it.

/** How often the host is asked. One small message each. */
const beatEveryMs = 2_000;
/** Turns without an answer until readers are told: ten seconds. A host that is busy with a flood answers within one. */
const silentAfterBeats = 5;
/**
 * Turns without an answer until the host is given up: half a minute. Its shells end with it, and a host that has been
 * stopped, or hangs in its disk, may come back; after that time readers have waited long enough.
 */
export const hungAfterBeats = 15;

export interface Heart {
  /** Any request will do. May fail: what counts is that nothing came. */
  ask(): Promise<unknown>;
  onSilent(): void;
  /** It answers again after it was silent. */
  onAnswer(): void;
  onHung(): void;
}

/**
 * Counts turns and not time: a server that was held up itself, or a host that was suspended, has had one turn, in which
 * the answer that waits can still be read.
 * @returns a function that ends it
 */
export function watchHeart(heart: Heart, everyMs = beatEveryMs): () => void {
  let missed = 0;
  let isAsking = false;
  const answered = () => {
    isAsking = false;
    if (missed >= silentAfterBeats) heart.onAnswer();
    missed = 0;
  };
  const timer = setInterval(() => {
    if (isAsking) {
      missed += 1;
      if (missed === silentAfterBeats) heart.onSilent();
      if (missed === hungAfterBeats) heart.onHung();
    }
    if (isAsking && missed % silentAfterBeats !== 0) return;
    isAsking = true;
    // An earlier question that got no answer counts as little as one that was refused for being late.
    heart.ask().then(answered, () => undefined);
  }, everyMs);
  return () => clearInterval(timer);
}
