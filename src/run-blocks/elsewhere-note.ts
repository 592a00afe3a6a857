// What a block adds to its words when it does not end as the text says and the lab did not start where the lesson begins.
import { isFromElsewhere } from '../session/doorway.ts';
import type { LabSession } from '../session/lab-session.ts';
import { text } from '../session/page-texts.ts';
import type { BlockLook } from './block-words.ts';

/** @returns the look, with an additional sentence when the lab began with another lesson, because that may be the reason */
export function withElsewhereNote(
  look: BlockLook,
  session: Pick<LabSession, 'view' | 'wanted'>,
  lesson: string,
): BlockLook {
  const { view, wanted } = session;
  if (view === undefined || !isFromElsewhere(view, lesson, wanted)) return look;
  return { ...look, words: text('lab.block.elsewhere', { words: look.words }) };
}
