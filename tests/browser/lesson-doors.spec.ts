// Every lesson opened cold on real machines: its lab begins in the state that the previous lesson leaves. One check of that
// previous lesson runs, on machines in which nothing has been typed.
import type { Page } from '@playwright/test';
import type { LabView, SessionView } from '../../server/protocol/messages.ts';
import { LabReader } from './support/lab-reader.ts';
import { endSessions, serveRealMachines } from './support/real-server.ts';
import { expect, test } from './support/test.ts';

// A host without the images, disks and templates makes them first; the images alone took 4 min. npm test has made all of them
// before these tests. Together with the start it fits into the 19 min of all browser tests.
const preparedWithinMs = 10 * 60_000;
// Starting a clone of a state under load; on an idle host it takes about a second.
const startWithinMs = 120_000;

/** Lesson → a check of the previous lesson that passes at the end of that one. */
const doors = {
  'build/from-containerfile-to-image': 'note-there',
  'build/ship-it': 'own-image',
  'build/an-image-on-an-image': 'pushed',
  'encrypt/the-recovery-key-first': 'first-withdrawn',
  'encrypt/tpm2': 'well-known-gone',
  'encrypt/what-breaks-it': 'pin-set',
  'encrypt/fido2': 'rebound',
  'encrypt/choosing-for-a-fleet': 'rebound',
};

/** States that the lessons stage of the same `npm test` has made: if one of these is missing, that is a fault, not a reason to skip. */
const madeBefore = new Set((process.env['EUOS_TESTS_STATES'] ?? '').split(' ').filter(Boolean));

test.describe('lessons opened cold', () => {
  const server = serveRealMachines();

  for (const [lesson, check] of Object.entries(doors)) {
    test(lesson, async ({ page }) => {
      test.setTimeout(preparedWithinMs + 2 * startWithinMs);
      const { url } = server();
      const reader = new LabReader(page);
      await reader.open(url, `/${lesson}/`);
      await expect(reader.panel).not.toHaveAttribute('data-phase', 'preparing', { timeout: preparedWithinMs });
      const labs = await json<LabView[]>(page, `${url}/api/labs`);
      const isMade = labs.some(({ states }) => states.includes(lesson));
      if (madeBefore.has(lesson)) expect(isMade, `the state ${lesson}, which the lessons stage has made`).toBe(true);
      test.skip(!isMade, `its state has not been made on this host: npm run states ${lesson}`);
      await reader.button('Start the lab').click();
      await expect(reader.panel).toHaveAttribute('data-phase', 'ready', { timeout: startWithinMs });
      await reader.sees(/[#$] ?$/, startWithinMs);
      const session = (await json<SessionView[]>(page, `${url}/api/sessions`)).find(({ state }) => state === 'ready');
      expect(session?.from).toBe(lesson);
      const headers = { origin: url };
      const answer = await page.request.post(`${url}/api/sessions/${session?.id}/checks/${check}`, { headers });
      expect(await answer.json()).toMatchObject({ check, outcome: 'passed' });
      await endSessions(page, url);
    });
  }

  test('the lessons that npm test has played left states to start from', () => {
    test.skip(madeBefore.size === 0, 'no lesson was played before these tests');
    expect(Object.keys(doors).filter((lesson) => madeBefore.has(lesson))).not.toEqual([]);
  });
});

async function json<Answer>(page: Page, url: string): Promise<Answer> {
  return (await (await page.request.get(url)).json()) as Answer;
}
