// What a step of a lab's preparation is called. The words are in content/i18n/; this file needs no page.
import type { TextValues } from '../session/page-texts.ts';

/**
 * A step `<machine>:<what>` may have a text for `<what>`, which may name the machine; otherwise its name is shown:
 * `os-base:packages` as `os-base, packages`.
 * @param knownText gives the text of a key, undefined when there is none
 */
export function stepName(step: string, knownText: (key: string, values?: TextValues) => string | undefined): string {
  const [machine = '', what = ''] = step.split(':');
  return knownText(`lab.progress.step.${what}`, { machine }) ?? step.replaceAll(':', ', ');
}
