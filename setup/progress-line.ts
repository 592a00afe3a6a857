// Progress of an image build as one line. Text alone.
import type { Progress } from '../server/protocol/messages.ts';

export function progressLine(what: string, { step, done, total, secondsLeft }: Progress): string {
  const left = secondsLeft === undefined ? '' : `, about ${secondsLeft} s left`;
  return `  image ${what}: ${step} (${done} of ${total}${left})`;
}
