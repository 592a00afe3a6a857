// State of a run block in words, for its last line. Pure but for the page's texts.
import type { BlockRun } from '../../server/protocol/messages.ts';
import { text } from '../session/page-texts.ts';
import { duration, elapsed } from '../session/time-words.ts';

/** Why a block was not typed. */
export type BlockHindrance = 'starting' | 'noLab' | 'disconnected' | 'busy' | 'noTerminal' | 'refused';

export type BlockState = 'idle' | 'waiting' | 'typed' | 'running' | 'done' | 'failed' | 'busy';

export interface BlockLook {
  state: BlockState;
  words: string;
}

export function lookOfRun(run: BlockRun, expected: number, isFile: boolean, now: number): BlockLook {
  switch (run.state) {
    case 'typed':
      return { state: 'typed', words: text('lab.block.typed') };
    case 'running':
      return { state: 'running', words: text('lab.block.running', { time: elapsed(now - run.startedAt) }) };
    case 'done':
      return lookOfEnd(run, expected, isFile);
  }
}

export function lookOfHindrance(hindrance: BlockHindrance): BlockLook {
  return { state: hindrance === 'starting' ? 'waiting' : 'busy', words: text(`lab.block.${hindrance}`) };
}

/** Whether a block ended as the text says. */
export function isAsExpected(run: BlockRun | undefined, expected: number): boolean {
  return run?.state === 'done' && run.exitStatus === expected;
}

function lookOfEnd(run: BlockRun, expected: number, isFile: boolean): BlockLook {
  const { exitStatus: status, durationMs = 0 } = run;
  if (status === undefined) return { state: 'failed', words: text('lab.block.gone') };
  const values = { status, expected, time: duration(durationMs) };
  if (status !== expected)
    return { state: 'failed', words: text(expected === 0 ? 'lab.block.failed' : 'lab.block.unexpected', values) };
  if (expected !== 0) return { state: 'done', words: text('lab.block.asTold', values) };
  return { state: 'done', words: text(isFile ? 'lab.block.put' : 'lab.block.done', values) };
}
