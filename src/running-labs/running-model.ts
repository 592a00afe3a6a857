// What the list of running labs shows about each session. Pure: turns sessions and facts about pages into rows.
import type { SessionView } from '../../server/protocol/messages.ts';

/** What the built page knows about a lab. */
export interface LabPages {
  lab: string;
  title: string;
  /** In reading order. */
  lessons: { id: string; title: string }[];
}

export interface RunningLab {
  session: string;
  title: string;
  state: 'preparing' | 'queued' | 'starting' | 'ready';
  /** Where it can be resumed; absent when no page of this site uses the lab. */
  lesson?: { id: string; title: string };
  /** As of the server's answer. */
  endsInMs: number;
  canExtend: boolean;
}

/**
 * The sessions that have machines or wait for them; the one that ends first comes first.
 * @param lastLesson returns the lesson in which this browser last used a session
 */
export function runningLabs(
  sessions: readonly SessionView[],
  pages: readonly LabPages[],
  lastLesson: (session: string) => string | undefined,
): RunningLab[] {
  return sessions
    .flatMap((session) => {
      const { state, lab, id, endsInMs, canExtend } = session;
      if (state !== 'preparing' && state !== 'queued' && state !== 'starting' && state !== 'ready') return [];
      const known = pages.find((page) => page.lab === lab);
      const lesson = lessonOf(session, known?.lessons ?? [], lastLesson(id));
      return [
        {
          session: id,
          title: known?.title ?? lab,
          state,
          endsInMs,
          canExtend,
          ...(lesson === undefined ? {} : { lesson }),
        },
      ];
    })
    .toSorted((a, b) => a.endsInMs - b.endsInMs);
}

/**
 * The lesson where it was last used; otherwise the one whose state it was started from, as in `encrypt/tpm2#bind`; otherwise
 * the lab's first.
 */
function lessonOf(
  { from }: SessionView,
  lessons: LabPages['lessons'],
  last: string | undefined,
): LabPages['lessons'][number] | undefined {
  const [started] = (from ?? '').split('#', 1);
  return lessons.find(({ id }) => id === last) ?? lessons.find(({ id }) => id === started) ?? lessons[0];
}
