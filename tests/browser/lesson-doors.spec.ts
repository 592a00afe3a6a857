// Every lesson opened cold on real machines: its lab begins in the state that the lesson before leaves. One check of that
// lesson is asked, on machines that nobody has typed anything into.
import type { Page } from '@playwright/test';
import type { LabView, SessionView } from '../../server/protocol/messages.ts';
import { LabReader } from './support/lab-reader.ts';
import { serveRealMachines } from './support/real-server.ts';
import { expect, test } from './support/test.ts';

// A host without the images, disks and templates makes them first.
const preparedWithinMs = 40 * 60_000;
// A clone of a state under load; alone it takes about a second.
const startWithinMs = 120_000;

/** Lesson → a check of the lesson before that passes at its end. */
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
      test.skip(!isMade, `its state has not been made on this host: npm run states ${lesson}`);
      await reader.button('Start the lab').click();
      await expect(reader.panel).toHaveAttribute('data-phase', 'ready', { timeout: startWithinMs });
      await reader.sees(/[#$] ?$/, startWithinMs);
      const session = (await json<SessionView[]>(page, `${url}/api/sessions`)).find(({ state }) => state === 'ready');
      expect(session?.from).toBe(lesson);
      const headers = { origin: url };
      const answer = await page.request.post(`${url}/api/sessions/${session?.id}/checks/${check}`, { headers });
      expect(await answer.json()).toMatchObject({ check, outcome: 'passed' });
      await page.request.delete(`${url}/api/sessions/${session?.id}`, { headers });
    });
  }
});

async function json<Answer>(page: Page, url: string): Promise<Answer> {
  return (await (await page.request.get(url)).json()) as Answer;
}
