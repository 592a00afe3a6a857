// Notices a pty host that runs but does not answer. Asks, counts and reports; the caller decides what to do about it.

/** How often the host is asked. One small message each. */
const beatEveryMs = 2_000;
/** Turns without an answer until readers are told: ten seconds. A host that is busy with a flood answers within one. */
const silentAfterBeats = 5;
/**
 * Turns without an answer until the host is given up: half a minute. Its shells end with it, and a host that was stopped or
 * waits for its disk may recover; but readers need not wait longer than this.
 */
export const hungAfterBeats = 15;

export interface Heart {
  /** Any request will do. May fail: what counts is that nothing came. */
  ask(): Promise<unknown>;
  onSilent(): void;
  /** The host answers again after a silence. */
  onAnswer(): void;
  onHung(): void;
}

/**
 * Counts turns instead of time: a server that was held up, or a computer that was suspended, has had a single turn, and in it
 * the waiting answer can still be read.
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
    // A refusal, for example of a late answer, counts the same as no answer.
    heart.ask().then(answered, () => undefined);
  }, everyMs);
  return () => clearInterval(timer);
}
