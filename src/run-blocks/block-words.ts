// The state of a run block in words, for its last line. Pure, except for the page's texts.
import type { BlockRun } from '../../server/protocol/messages.ts';
import { text } from '../session/page-texts.ts';
import { duration, elapsed } from '../session/time-words.ts';

/** Why a block was not typed. */
export type BlockHindrance = 'starting' | 'noLab' | 'disconnected' | 'busy' | 'noQuestion' | 'noTerminal' | 'refused';

export type BlockState = 'idle' | 'waiting' | 'typed' | 'running' | 'done' | 'failed' | 'busy';

export interface BlockLook {
  state: BlockState;
  words: string;
}

/** What kind of block it is, for its words. */
export interface BlockKind {
  expected: number;
  /** It puts a lab's file into place. */
  isFile: boolean;
  /** Keys at a console: there is no command with an exit status. */
  isKeys: boolean;
  /** The text whose appearance ends it. */
  until?: string | undefined;
}

/** What a block says before it has been run. */
export function lookBeforeRun({ isKeys, until }: BlockKind): BlockLook {
  const words = [
    ...(isKeys ? [text('lab.block.keys')] : []),
    ...(until === undefined ? [] : [text('lab.block.until', { until })]),
  ];
  return { state: 'idle', words: words.join(' ') };
}

export function lookOfRun(run: BlockRun, kind: BlockKind, now: number): BlockLook {
  switch (run.state) {
    case 'typed':
      return { state: 'typed', words: text(kind.isKeys ? 'lab.block.typedKeys' : 'lab.block.typed') };
    case 'running':
      return { state: 'running', words: wordsOfRunning(kind.until, elapsed(now - run.startedAt)) };
    case 'done':
      return lookOfEnd(run, kind);
  }
}

/** @param machine what the block's machine waits for if it is not up, because then that is the reason */
export function lookOfHindrance(hindrance: BlockHindrance, machine?: string): BlockLook {
  const isOfMachine = hindrance === 'busy' || hindrance === 'noTerminal' || hindrance === 'refused';
  if (machine !== undefined && isOfMachine)
    return { state: 'busy', words: text('lab.block.machine', { why: machine }) };
  return { state: hindrance === 'starting' ? 'waiting' : 'busy', words: text(`lab.block.${hindrance}`) };
}

/** Whether a block ended as the text says. */
export function isAsExpected(run: BlockRun | undefined, expected: number): boolean {
  return run?.state === 'done' && run.exitStatus === expected;
}

/** Whether a report about a run is new: the server sends all of them again after each reconnection. */
export function isNewsOfRun(run: BlockRun, before: BlockRun | undefined): boolean {
  return (
    before === undefined ||
    run.startedAt !== before.startedAt ||
    run.state !== before.state ||
    run.exitStatus !== before.exitStatus
  );
}

function wordsOfRunning(until: string | undefined, time: string): string {
  return until === undefined ? text('lab.block.running', { time }) : text('lab.block.waitingFor', { until, time });
}

function lookOfEnd(run: BlockRun, { expected, isFile, isKeys, until }: BlockKind): BlockLook {
  const { exitStatus: status, durationMs = 0 } = run;
  if (status === 0 && until !== undefined)
    return { state: 'done', words: text('lab.block.seen', { until, time: duration(durationMs) }) };
  if (status === 0 && isKeys) return { state: 'done', words: text('lab.block.keysDone') };
  if (run.unseen !== undefined) {
    const time = duration(durationMs);
    return { state: 'failed', words: text(`lab.block.unseen.${run.unseen}`, { until: until ?? '', time }) };
  }
  if (status === undefined) return { state: 'failed', words: text('lab.block.gone') };
  const values = { status, expected, time: duration(durationMs) };
  if (status !== expected)
    return { state: 'failed', words: text(expected === 0 ? 'lab.block.failed' : 'lab.block.unexpected', values) };
  if (expected !== 0) return { state: 'done', words: text('lab.block.asTold', values) };
  return { state: 'done', words: text(isFile ? 'lab.block.put' : 'lab.block.done', values) };
}
