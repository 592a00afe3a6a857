// The state of an action in the text in words, for its last line. Pure, except for the page's texts.
import type { PowerAction, TamperKind } from '../../server/protocol/messages.ts';
import { text } from '../session/page-texts.ts';
import { duration, elapsed } from '../session/time-words.ts';
import type { BlockHindrance, BlockLook } from './block-words.ts';
import { lookOfHindrance } from './block-words.ts';

/** What a button in the text does to a machine from outside. */
export type MachineAction =
  { action: 'tamper'; kind: TamperKind | 'undo' } | { action: 'power'; kind: PowerAction } | { action: 'touch' };

export type ActionProgress =
  | { name: 'idle'; /** The machine already has this change. */ isInMachine: boolean }
  | { name: 'hindered'; by: BlockHindrance | 'noMachine' }
  | { name: 'working'; since: number }
  | { name: 'watching'; since: number }
  | { name: 'done'; durationMs: number }
  /** `machine`: what the machine waits for, if that is the reason. */
  | { name: 'refused'; message: string; machine?: string | undefined }
  /** The text that the action waits for did not come in time. */
  | { name: 'unseen'; durationMs: number; machine?: string | undefined };

/** @param now milliseconds since 1970 */
export function lookOfAction(progress: ActionProgress, until: string | undefined, now: number): BlockLook {
  switch (progress.name) {
    case 'idle':
      return { state: 'idle', words: wordsOfIdle(progress.isInMachine, until) };
    case 'hindered':
      if (progress.by === 'noMachine') return { state: 'busy', words: text('lab.act.noMachine') };
      return lookOfHindrance(progress.by);
    case 'working':
      return { state: 'running', words: text('lab.act.working', { time: elapsed(now - progress.since) }) };
    case 'watching':
      return {
        state: 'running',
        words: text('lab.act.watching', { until: until ?? '', time: elapsed(now - progress.since) }),
      };
    case 'done':
      return { state: 'done', words: wordsOfDone(until, duration(progress.durationMs)) };
    case 'refused':
      return { state: 'failed', words: text('lab.act.refused', { message: progress.machine ?? progress.message }) };
    case 'unseen': {
      const values = { until: until ?? '', time: duration(progress.durationMs), why: progress.machine ?? '' };
      const key = progress.machine === undefined ? 'lab.act.unseen' : 'lab.act.unseenWhy';
      return { state: 'failed', words: text(key, values) };
    }
  }
}

function wordsOfIdle(isInMachine: boolean, until: string | undefined): string {
  if (isInMachine) return text('lab.act.inMachine');
  return until === undefined ? '' : text('lab.block.until', { until });
}

function wordsOfDone(until: string | undefined, time: string): string {
  return until === undefined ? text('lab.act.done', { time }) : text('lab.block.seen', { until, time });
}

/**
 * Reads an element's attributes.
 * @throws {Error} when they name no known action; the components that write them know only these
 */
export function readAction({ action, kind }: DOMStringMap): MachineAction {
  if (action === 'touch') return { action };
  if (action === 'tamper' && kind !== undefined) return { action, kind: kind as TamperKind | 'undo' };
  if (action === 'power' && kind !== undefined) return { action, kind: kind as PowerAction };
  throw new Error(`found data-action=${action ?? ''} data-kind=${kind ?? ''}, expected tamper, power or touch`);
}
