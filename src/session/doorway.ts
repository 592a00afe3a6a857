// Which saved state a lesson, or a step of it, starts from, and whether the running lab is that lesson's. Pure.
import type { LabView, SessionView } from '../../server/protocol/messages.ts';

/** What a lesson starts from: a saved state, or the lab's beginning because it is the first lesson or has no state. */
export interface Start {
  /** Name of the state; absent: the lab's beginning. */
  from?: string;
  /** The lesson has earlier lessons, but this server has no state from their end. */
  isMissing: boolean;
}

/** @param wanted the state that the lesson names; absent for the first lesson of a chapter */
export function lessonStart(wanted: string | undefined, lab: Pick<LabView, 'states'> | undefined): Start {
  if (wanted === undefined) return { isMissing: false };
  return lab?.states.includes(wanted) === true ? { from: wanted, isMissing: false } : { isMissing: true };
}

/**
 * Whether a step can be started again, and from which state. The first step of a lesson begins where the lesson does: from
 * the lesson's own state or, in the first lesson, from the lab's beginning.
 * @param step the state that the step names
 * @param lesson the state that its lesson names
 */
export function stepStart(
  step: string | undefined,
  isFirst: boolean,
  lesson: string | undefined,
  lab: Pick<LabView, 'states'> | undefined,
): { canReset: boolean; from?: string } {
  if (step === undefined || lab === undefined) return { canReset: false };
  if (lab.states.includes(step)) return { canReset: true, from: step };
  if (!isFirst) return { canReset: false };
  const { from, isMissing } = lessonStart(lesson, lab);
  return isMissing ? { canReset: false } : { canReset: true, ...(from === undefined ? {} : { from }) };
}

/** The lesson of a state: `encrypt/tpm2` of `encrypt/tpm2#pin`. */
function lessonOf(state: string): string {
  return state.split('#', 1)[0] ?? state;
}

/**
 * Whether a running lab began with another lesson than the page's: the page keeps using it, and offers its own start.
 * @param lesson the page's lesson, as in `encrypt/tpm2`
 * @param wanted the state that it names
 */
export function isFromElsewhere(
  session: Pick<SessionView, 'from'>,
  lesson: string,
  wanted: string | undefined,
): boolean {
  if (session.from === wanted) return false;
  return session.from === undefined || lessonOf(session.from) !== lesson;
}

/** What the doorway says about a running lab; undefined: nothing. */
export type DoorwaySay = 'elsewhere' | 'missing';

/** @param isKept the reader has chosen to go on with the lab as it is; only that choice counts, not that the reader runs commands */
export function doorwaySay(
  session: Pick<SessionView, 'from'>,
  lesson: string,
  start: Start,
  wanted: string | undefined,
  isKept: boolean,
): DoorwaySay | undefined {
  if (isKept || !isFromElsewhere(session, lesson, wanted)) return undefined;
  return start.isMissing ? 'missing' : 'elsewhere';
}
