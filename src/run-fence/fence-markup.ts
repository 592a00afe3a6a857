// HTML of a code block's frame: the header with its buttons, the line for the state. Knows no options and no files.
import { h } from '@expressive-code/core/hast';
import type { Element } from '@expressive-code/core/hast';
import type { RunFence } from './run-fence.ts';

export interface FrameTexts {
  copy: string;
  run: string;
  put: string;
  keys: string;
  /** With `{{line}}` for the code's first line. */
  name: string;
}

// Enough to tell one block from another; the whole of it is read anyway.
const nameCharacters = 60;

/** What a screen reader calls the part of a block that scrolls: names must differ, so it is the code's own beginning. */
export function scrollerName(code: string, texts: FrameTexts): string {
  const line = code.split('\n').find((one) => one.trim() !== '') ?? '';
  return texts.name.replace('{{line}}', () => line.trim().slice(0, nameCharacters));
}

/** A block that is only shown: a figure with its title, if it has one, and *Copy*. */
export function plainFrame(block: Element, title: string | undefined, texts: FrameTexts): Element {
  return h('figure.fence', [head(title === undefined ? [] : [label(title)], [copyButton(texts)]), block]);
}

/**
 * A block that a machine can run. Its button is disabled until the lab panel's script takes over, and hidden where
 * there are no scripts: then this is a code block like any other.
 */
export function runFrame(block: Element, run: NonNullable<RunFence['run']>, texts: FrameTexts): Element {
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
  const runButton = h('button.button', { type: 'button', 'data-run': '', disabled: true }, words);
  const body = [
    head([label(run.put ?? run.machine)], [copyButton(texts), runButton]),
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

function copyButton(texts: FrameTexts): Element {
  return h('button.button', { type: 'button', 'data-copy': '' }, texts.copy);
}
