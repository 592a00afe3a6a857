// Work that only one page of this browser does at a time. The others wait, but not for ever.

/** A page asks for its cookie within this; a page that does not get its turn goes on without. */
const turnLimitMs = 15_000;

/**
 * Only pages from localhost or over TLS have locks, and not where the browser blocks a site's data: there, pages that are
 * opened in the same moment do the work at once.
 * @param name of the work, the same on all pages
 */
export async function onePageAtATime<Answer>(name: string, work: () => Promise<Answer>): Promise<Answer> {
  if (!('locks' in navigator)) return work();
  let begun: Promise<Answer> | undefined;
  const waiting = { signal: AbortSignal.timeout(turnLimitMs) };
  // What is caught here is only that the turn did not come: a failure of the work itself is in `begun`, which the caller gets.
  await navigator.locks.request(name, waiting, () => (begun = work())).catch(() => undefined);
  return begun ?? work();
}
