// Time in words: how much is left, how long something took. Only keys and numbers; the words are the page's.
import { text } from './page-texts.ts';

const minuteMs = 60_000;

/** "1 h 42 min left", "4 min left", "less than 1 min left". */
export function timeLeft(leftMs: number): string {
  const minutes = Math.floor(leftMs / minuteMs);
  if (minutes < 1) return text('lab.time.lastMinute');
  if (minutes < 60) return text('lab.time.minutesLeft', { minutes });
  return text('lab.time.hoursLeft', { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

/** "0.1 s", "6 s", "1 min 12 s". Below ten seconds, tenths are shown for something that is done. */
export function duration(durationMs: number): string {
  // "0.0 s" reads as if nothing had happened.
  const seconds = Math.max(0.1, durationMs / 1_000);
  if (seconds < 9.95) return text('lab.time.seconds', { seconds: seconds.toFixed(1) });
  const whole = Math.round(seconds);
  if (whole < 60) return text('lab.time.seconds', { seconds: whole });
  return text('lab.time.minutesSeconds', { minutes: Math.floor(whole / 60), seconds: whole % 60 });
}

/** The same in whole seconds, for something that is still running. */
export function elapsed(elapsedMs: number): string {
  return wholeSeconds(Math.max(0, Math.floor(elapsedMs / 1_000)));
}

/** Whole seconds until then, at least one: "again in 0 s" would look broken. */
export function secondsUntil(thenMs: number, nowMs: number): number {
  return Math.max(1, Math.ceil((thenMs - nowMs) / 1_000));
}

/** "about 3 min left", "less than a minute left": an estimate, so never exact. */
export function aboutLeft(secondsLeft: number): string {
  if (secondsLeft < 45) return text('lab.time.aboutSoon');
  return text('lab.time.aboutMinutes', { minutes: Math.max(1, Math.round(secondsLeft / 60)) });
}

function wholeSeconds(seconds: number): string {
  if (seconds < 60) return text('lab.time.seconds', { seconds });
  return text('lab.time.minutesSeconds', { minutes: Math.floor(seconds / 60), seconds: seconds % 60 });
}
