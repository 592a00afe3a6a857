// Progress of what a lab needs as one line. Text alone.
import type { Progress } from '../server/protocol/messages.ts';

export function progressLine(what: string, { step, done, total, secondsLeft }: Progress): string {
  const left = secondsLeft === undefined ? '' : `, about ${secondsLeft} s left`;
  return `  ${what}: ${step} (${done} of ${total}${left})`;
}
