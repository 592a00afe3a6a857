// The progress of preparing a lab, as one line of text.
import type { Progress } from '../server/protocol/messages.ts';

export function progressLine(what: string, { step, done, total, secondsLeft }: Progress): string {
  const left = secondsLeft === undefined ? '' : `, about ${secondsLeft} s left`;
  return `  ${what}: ${step} (${done} of ${total}${left})`;
}
