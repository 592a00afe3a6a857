// One run block: what was requested, what is typed for it, and what is known about its end. Follows nothing by itself.
import type { BlockRun } from '../../protocol/messages.ts';
import { TextWatch } from './text-watch.ts';

const pasteBegin = '\x1b[200~';
const pasteEnd = '\x1b[201~';
// Goes to the end of the line, then deletes all of it: works in emacs and vi mode, and ends a history search.
const clearLine = '\x05\x15';
const newline = '\n';

/** `keys`, `question`, `until` and `withinSeconds` of the request, see messages.ts. */
export interface RunHow {
  keys?: boolean | undefined;
  question?: string | undefined;
  until?: string | undefined;
  withinSeconds?: number | undefined;
}

/** A block that has begun and is not done. */
export interface Current {
  run: BlockRun;
  /** By performance.now(): the duration is right whatever the clock was set to meanwhile. */
  beganAt: number;
  command: string;
  isKeys: boolean;
  until: TextWatch | undefined;
  /** Ends the wait for `until`. */
  limit?: NodeJS.Timeout;
  /** The shell took the line: from here on its marks are about this block. Marks before that come from redrawing the prompt. */
  isAccepted: boolean;
  hasEnded: boolean;
  firstFailure?: number;
  lastStatus?: number;
}

/** Makes the state of a block that begins. */
export function begin(block: string, terminal: number, command: string, { keys = false, until }: RunHow): Current {
  return {
    run: { block, terminal, state: 'typed', startedAt: Date.now() },
    beganAt: performance.now(),
    command: withoutLastNewlines(command.replaceAll('\r\n', newline)),
    isKeys: keys,
    until: until === undefined ? undefined : new TextWatch(until),
    isAccepted: keys,
    hasEnded: false,
  };
}

/** What is typed for the block, with Enter. @param isLineTouched there may be half a line at the prompt */
export function typedFor({ command, isKeys }: Current, isLineTouched: boolean): Uint8Array {
  const keys = command.replaceAll(newline, '\r') + '\r';
  const paste = (isLineTouched ? clearLine : '') + pasteBegin + command + pasteEnd + '\r';
  return Buffer.from(isKeys ? keys : paste);
}

/** The first failure of the block's commands; 0 while none has failed. */
export function statusOf({ hasEnded, firstFailure, lastStatus }: Current): number {
  return firstFailure ?? (hasEnded ? (lastStatus ?? 0) : 0);
}

/** Removes newlines at the end: the shell gets one Enter. A regular expression would try each of ten thousand newlines again and again. */
function withoutLastNewlines(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === newline) end -= 1;
  return text.slice(0, end);
}
