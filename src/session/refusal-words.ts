// What a reader is told when a call was refused or not answered. The words come from the page.
import type { ApiError } from './lab-api.ts';
import { text } from './page-texts.ts';

/** One sentence: the server's own, unless that is not meant for readers. */
export function refusalWords({ isUnanswered, message }: ApiError): string {
  return isUnanswered ? text('lab.say.unreachable') : text('lab.say.refused', { message });
}
