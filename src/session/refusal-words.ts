// What a reader is told when a call was refused or not answered. The words are the page's.
import type { ApiError } from './lab-api.ts';
import { text } from './page-texts.ts';

/** One sentence; the server's own, but for what is no sentence for a reader. */
export function refusalWords({ isUnanswered, message }: ApiError): string {
  return isUnanswered ? text('lab.say.unreachable') : text('lab.say.refused', { message });
}
