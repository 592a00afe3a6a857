// Waits by asking the server again: until a session is ready, or until something refused is accepted. Each look is a request,
// so it looks less often than pollUntil, which only looks at what has already arrived.
import type { SessionView } from '../../../server/protocol/messages.ts';
import type { LabReader } from '../lab-reader.ts';

/** Images may have to be built first, which took 4 min; on a slow line it takes longer. */
const readyWithinMs = 30 * 60_000;
const lookEveryMs = 200;

const untilNextLook = () => new Promise((resolve) => setTimeout(resolve, lookEveryMs));

/**
 * Tries again as long as the refusal means that it is too early, and time is left.
 * @throws {unknown} the last refusal, unchanged
 */
export async function untilAccepted<Answer>(
  attempt: () => Promise<Answer>,
  isEarly: (refusal: unknown) => boolean,
  withinMs: number,
): Promise<Answer> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await attempt();
    } catch (refusal) {
      if (!isEarly(refusal) || performance.now() > deadline) throw refusal;
      await untilNextLook();
    }
  }
}

/**
 * @param first what the server answered when the session was asked for
 * @param say gets a line whenever the session waits for something else
 * @throws {Error} when the session fails, ends, or is not ready in time
 */
export async function untilReady(
  reader: LabReader,
  first: SessionView,
  say: (line: string) => void,
): Promise<SessionView> {
  const deadline = performance.now() + readyWithinMs;
  let view = first;
  let said = '';
  while (view.state !== 'ready') {
    if (view.state === 'failed' || view.state === 'ended') {
      throw new Error(
        `the session ${view.state}: ${view.reason ?? 'no reason given'}${view.detail === undefined ? '' : ` (${view.detail})`}`,
      );
    }
    if (performance.now() > deadline)
      throw new Error(`the session is still ${view.state} after ${readyWithinMs / 60_000} min`);
    const line = describeWait(view);
    if (line !== said) say((said = line));
    await untilNextLook();
    view = await reader.call<SessionView>('GET', `/api/sessions/${view.id}`);
  }
  return view;
}

function describeWait({ state, progress, place }: SessionView): string {
  if (progress !== undefined) return `  ${state}: ${progress.step} (${progress.done} of ${progress.total})`;
  return place === undefined ? `  ${state}` : `  ${state}: place ${place}`;
}
