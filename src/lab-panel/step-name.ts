// What a step of a lab's preparation is called. Its words are in content/i18n/; no page here.
import type { TextValues } from '../session/page-texts.ts';

/**
 * A step `<machine>:<what>` has words for `<what>`, which may name the machine; else its name is shown, `os-base:packages`
 * as `os-base, packages`.
 * @param text gives the text of a key, or the key itself when there is none
 */
export function stepName(step: string, text: (key: string, values?: TextValues) => string): string {
  const [machine = '', what = ''] = step.split(':');
  const key = `lab.progress.step.${what}`;
  const words = text(key, { machine });
  return words === key ? step.replaceAll(':', ', ') : words;
}
