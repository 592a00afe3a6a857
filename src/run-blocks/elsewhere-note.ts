// What a block adds when it does not end as the text says, and the lab is not in the state in which the lesson begins.
import { isFromElsewhere } from '../session/doorway.ts';
import type { LabSession } from '../session/lab-session.ts';
import { text } from '../session/page-texts.ts';
import type { BlockLook } from './block-words.ts';

/** @returns the look with one sentence more when the lab began with another lesson: that may be why */
export function withElsewhereNote(
  look: BlockLook,
  session: Pick<LabSession, 'view' | 'wanted'>,
  lesson: string,
): BlockLook {
  const { view, wanted } = session;
  if (view === undefined || !isFromElsewhere(view, lesson, wanted)) return look;
  return { ...look, words: text('lab.block.elsewhere', { words: look.words }) };
}
