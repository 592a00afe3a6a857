// What the list of running labs shows of each session. Pure: sessions and the pages' facts in, rows out.
import type { SessionView } from '../../server/protocol/messages.ts';

/** What the built page knows of a lab. */
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
  /** Where it can be gone on with; absent when no page of this site uses the lab. */
  lesson?: { id: string; title: string };
  /** As of the answer that this was made of. */
  endsInMs: number;
  canExtend: boolean;
}

/**
 * The sessions that take, or wait for, a machine; the one that ends first comes first.
 * @param lastLesson in which lesson this browser used a session last
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

/** Where it was used last; else the lesson whose state it was started from, as in `encrypt/tpm2#bind`; else the lab's first. */
function lessonOf(
  { from }: SessionView,
  lessons: LabPages['lessons'],
  last: string | undefined,
): LabPages['lessons'][number] | undefined {
  const [started] = (from ?? '').split('#', 1);
  return lessons.find(({ id }) => id === last) ?? lessons.find(({ id }) => id === started) ?? lessons[0];
}
