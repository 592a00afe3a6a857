// Two readers on real sandboxes: a step that is only clicked, and a build that outlives everything.
import type { Page } from '@playwright/test';
import { Cable } from './support/cable.ts';
import { LabReader } from './support/lab-reader.ts';
import { serveRealMachines } from './support/real-server.ts';
import { expect, test } from './support/test.ts';

// A host without the images builds them first, and the panel says so; that took 4 min. npm test has built them before these
// tests. Together with the longest test it fits into the 19 min of all browser tests.
const imagesWithinMs = 10 * 60_000;
// Starting under load; on an idle host it takes about a second.
const startWithinMs = 60_000;

async function startedReader(page: Page, base: string, path: string): Promise<LabReader> {
  const reader = new LabReader(page);
  await reader.open(base, path);
  await expect(reader.panel).not.toHaveAttribute('data-phase', 'preparing', { timeout: imagesWithinMs });
  await reader.button('Start the lab').click();
  await expect(reader.panel).toHaveAttribute('data-phase', 'ready', { timeout: startWithinMs });
  await reader.sees(/root@workstation:~# ?$/, startWithinMs);
  return reader;
}

test.describe('on real machines', () => {
  const server = serveRealMachines();

  test('a step only by clicks: run, check, done', async ({ page }) => {
    test.setTimeout(imagesWithinMs + 180_000);
    const reader = await startedReader(page, server().url, '/build/your-first-sandbox/');
    const step = page.locator('lab-step').first();
    await step.locator('[data-run-step]').click();
    const check = step.locator('lab-check:not([data-cause])').last();
    for (const state of await step.locator('lab-run:not(lab-solution lab-run) [data-state]').all()) {
      await expect(state).toHaveText(/exit status|file is there/, { timeout: 60_000 });
    }
    await check.getByRole('button').click();
    await expect(check.locator('[data-check-state]')).toHaveText('Passed', { timeout: 30_000 });
    await page.screenshot({ path: 'test-results/panel-real.png' });
    expect(await reader.screen()).toContain('root@workstation');
  });

  test('a build outlives a reload, a killed server and a cut cable; its screen is complete', async ({ page }) => {
    test.setTimeout(imagesWithinMs + 240_000);
    await using cable = await Cable.to(server().port);
    const reader = await startedReader(page, cable.url, '/build/from-containerfile-to-image/');
    const containerfile = String.raw`FROM registry.lab/eu-os/base:13\nRUN for n in $(seq 1 60); do echo "part $n of 60"; sleep 0.3; done\n`;
    await reader.types('mkdir ~/t && cd ~/t && clear');
    await reader.types(`printf '${containerfile}' > Containerfile && podman build -t localhost/t . ; echo "built: $?"`);
    await reader.sees(/^part 5 of 60$/m, 60_000);
    await page.reload();
    await reader.sees(/^part 12 of 60$/m, 60_000);
    await server().kill();
    await reader.phaseIs('disconnected');
    await server().start();
    cable.targetPort = server().port;
    await expect(reader.panel).toHaveAttribute('data-phase', 'ready', { timeout: startWithinMs });
    await reader.sees(/^part 20 of 60$/m, 60_000);
    cable.cut();
    await reader.phaseIs('disconnected');
    cable.mend();
    await reader.sees(/^built: 0$/m, 120_000);
    const parts = (await reader.screen()).match(/^part \d+ of 60$/gm);
    expect(parts).toEqual(Array.from({ length: 60 }, (_, at) => `part ${at + 1} of 60`));
  });
});
