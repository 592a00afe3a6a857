// Plays all lessons in the browser on real machines: once only by clicking, once only by typing. The lesson runner tests what
// each command does and when each check fails; this file tests that a reader can do it.
import type { Locator, Page } from '@playwright/test';
import { LabReader } from './support/lab-reader.ts';
import { serveRealMachines } from './support/real-server.ts';
import { expect, test } from './support/test.ts';

const lessons = ['your-first-sandbox', 'from-containerfile-to-image', 'ship-it', 'an-image-on-an-image'];
// A host without the images builds them first, which took 4 min. npm test has built them before these tests.
const preparedWithinMs = 8 * 60_000;
// The lesson runner plays the longest in 17 s; in a browser, with typing and on a busy host, it takes longer. Together with
// the images it fits into the 19 min of all browser tests.
const lessonWithinMs = preparedWithinMs + 6 * 60_000;
// The slowest block of any lesson takes 10 s on an idle host.
const blockWithinMs = 120_000;

test.describe('lessons on real machines', () => {
  const server = serveRealMachines();

  for (const lesson of lessons) {
    test(`${lesson}: only by clicks`, async ({ page }) => {
      test.setTimeout(lessonWithinMs);
      await startLesson(page, server().url, lesson);
      await playLesson(page, async (block) => {
        await openSolution(block);
        await block.locator('[data-run]').click();
        await expect(block).toHaveAttribute('data-run-state', /^(done|failed)$/, { timeout: blockWithinMs });
      });
    });

    test(`${lesson}: only by typing`, async ({ page }) => {
      test.setTimeout(lessonWithinMs);
      const reader = await startLesson(page, server().url, lesson);
      let typed = 0;
      await playLesson(page, async (block) => {
        const command = (await block.getAttribute('data-command')) ?? '';
        typed += 1;
        await reader.terminal.locator('textarea').focus();
        for (const line of command.split('\n')) {
          await page.keyboard.insertText(line);
          await page.keyboard.press('Enter');
        }
        await reader.types(`: typed ${typed}`);
        await reader.sees(new RegExp(`# : typed ${typed}\\n.*# ?$`), blockWithinMs);
      });
    });
  }
});

async function startLesson(page: Page, base: string, lesson: string): Promise<LabReader> {
  const reader = new LabReader(page);
  await reader.open(base, `/build/${lesson}/`);
  await expect(reader.panel).not.toHaveAttribute('data-phase', 'preparing', { timeout: preparedWithinMs });
  await reader.button('Start the lab').click();
  await reader.sees(/root@workstation:~# ?$/, 60_000);
  return reader;
}

/** Every block and check in page order; checks are pressed and must say what the page expects. */
async function playLesson(page: Page, run: (block: Locator) => Promise<void>): Promise<void> {
  const parts = await page.locator('lab-step lab-run, lab-step lab-check').all();
  expect(parts.length, 'blocks and checks of the lesson').toBeGreaterThan(0);
  for (const part of parts) {
    if ((await part.evaluate((element) => element.localName)) === 'lab-run') {
      await run(part);
      continue;
    }
    const isProvoked = (await part.getAttribute('data-cause')) !== null;
    await part.getByRole('button').first().click();
    await expect(part.locator('[data-check-state]')).toHaveText(isProvoked ? 'Fails, as the text says' : 'Passed', {
      timeout: 60_000,
    });
  }
}

/** A solution is folded until the reader opens it. */
async function openSolution(block: Locator): Promise<void> {
  const folded = block.locator('xpath=ancestor::details[not(@open)]/summary');
  if ((await folded.count()) > 0) await folded.click();
}
