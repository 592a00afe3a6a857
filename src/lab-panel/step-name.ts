// What a step of a lab's preparation is called. Its words are in content/i18n/; no page here.
import type { TextValues } from '../session/page-texts.ts';

/**
 * A step `<machine>:<what>` has words for `<what>`, which may name the machine; else its name is shown, `os-base:packages`
 * as `os-base, packages`.
 * @param knownText gives the text of a key, undefined when there is none
 */
export function stepName(step: string, knownText: (key: string, values?: TextValues) => string | undefined): string {
  const [machine = '', what = ''] = step.split(':');
  return knownText(`lab.progress.step.${what}`, { machine }) ?? step.replaceAll(':', ', ');
}
