// HTML of a code block's frame: the header with its buttons, the line for the state. Knows no options and no files.
import { h } from '@expressive-code/core/hast';
import type { Element } from '@expressive-code/core/hast';
import { buttonName, shortName } from '../page/button-name.ts';
import type { RunFence } from './run-fence.ts';

export interface FrameTexts {
  copy: string;
  run: string;
  put: string;
  keys: string;
  /** Contains `{{line}}` for the code's first line. */
  name: string;
  /** Contains `{button}` for a button's words and `{what}` for its purpose. */
  named: string;
}

/** What a screen reader calls the scrolling part of a block: names must differ, so it is the beginning of the code. */
export function scrollerName(code: string, texts: FrameTexts): string {
  return texts.name.replace('{{line}}', () => shortName(code));
}

/** A block that is only shown: a figure with its title, if it has one, and *Copy*. */
export function plainFrame(block: Element, code: string, title: string | undefined, texts: FrameTexts): Element {
  const copy = button('data-copy', texts.copy, title ?? shortName(code), texts);
  return h('figure.fence', [head(title === undefined ? [] : [label(title)], [copy]), block]);
}

/**
 * A block that a machine can run. Its button is disabled until the lab panel's script takes over, and hidden where scripts do
 * not run: then this is an ordinary code block.
 */
export function runFrame(
  block: Element,
  { code, run }: Required<Pick<RunFence, 'code' | 'run'>>,
  texts: FrameTexts,
): Element {
  const properties: Record<string, string> = {
    'data-block': run.block,
    'data-machine': run.machine,
    'data-exit': String(run.exit),
    'data-timeout': String(run.timeoutSeconds),
    'data-command': run.command,
  };
  if (run.put !== undefined) properties['data-put'] = run.put;
  if (run.keys) properties['data-keys'] = '';
  if (run.until !== undefined) properties['data-until'] = run.until;
  const words = run.put !== undefined ? texts.put : run.keys ? texts.keys : texts.run;
  const what = run.put ?? shortName(code);
  const runButton = button('data-run', words, what, texts);
  runButton.properties['disabled'] = true;
  const body = [
    head([label(run.put ?? run.machine)], [button('data-copy', texts.copy, what, texts), runButton]),
    block,
    h('p.fence-state', { 'data-state': '' }),
  ];
  return h('lab-run.fence', properties, body);
}

function head(start: Element[], end: Element[]): Element {
  return h('div.fence-head', { 'data-pagefind-ignore': '' }, [...start, h('span.fence-buttons', end)]);
}

function label(text: string): Element {
  return h('span.fence-label', text);
}

/**
 * @param mark the attribute by which the page's script finds it @param what the block that it is for, because a page has many
 * *Run* and *Copy*
 */
function button(mark: 'data-copy' | 'data-run', words: string, what: string, texts: FrameTexts): Element {
  const name = buttonName(texts.named, words, what);
  return h('button.button', { type: 'button', [mark]: '', 'data-of': what, 'aria-label': name }, words);
}
