// Keeps words with hyphens in one piece when a line wraps: a break inside `-l` or `--rm` makes it look like another command.
import { h } from '@expressive-code/core/hast';
import type { Element, ElementContent } from '@expressive-code/core/hast';

/** Puts each word with a hyphen in the element's text into a span that does not break. The text itself is unchanged. */
export function keepWordsWhole(element: Element): void {
  element.children = element.children.flatMap((child): ElementContent[] => {
    if (child.type === 'element') keepWordsWhole(child);
    if (child.type !== 'text' || !child.value.includes('-')) return [child];
    const pieces = child.value.split(/(\S*-\S*)/).filter((piece) => piece !== '');
    return pieces.map((value) => (value.includes('-') ? h('span.whole', value) : { type: 'text', value }));
  });
}
