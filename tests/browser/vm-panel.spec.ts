// A reader and a real virtual machine: the chapter on encryption opened cold, its window, tampering, its screen, a restarted step.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { LabReader } from './support/lab-reader.ts';
import { colours } from './support/picture-colours.ts';
import { projectRoot } from './support/project-root.ts';
import { endSessions, serveRealMachines } from './support/real-server.ts';
import { expect, test } from './support/test.ts';

// A host without the images, disks and templates makes them first; the images alone took 4 min. npm test has made all of them
// before these tests.
const preparedWithinMs = 7 * 60_000;
// Starting a clone of a template under load; on an idle host it takes about a second.
const startWithinMs = 120_000;
// A cold boot under software emulation takes 40 s on two quiet processors. Two boots and the images fit into 15 min, and so
// into the 19 min of all browser tests.
const bootWithinMs = 4 * 60_000;

const lesson = '/encrypt/a-passphrase/';

async function startedReader(page: Page, base: string): Promise<LabReader> {
  const reader = new LabReader(page);
  await reader.open(base, lesson);
  await expect(reader.panel).not.toHaveAttribute('data-phase', 'preparing', { timeout: preparedWithinMs });
  await reader.button('Start the lab').click();
  await expect(reader.panel).toHaveAttribute('data-phase', 'ready', { timeout: startWithinMs });
  await reader.sees(/[#$] ?$/, startWithinMs);
  return reader;
}

test.describe('a virtual machine', () => {
  test.skip(!existsSync(path.join(projectRoot, 'labs/encrypt-disk/lab.yaml')), 'the lab is not in this checkout');
  const server = serveRealMachines();

  // Each test has a machine of a gigabyte, which must not run beside the next test's.
  test.afterEach(({ page }) => endSessions(page, server().url));

  test('a lesson opened cold: a prompt, the window, the screen', async ({ page }) => {
    test.setTimeout(preparedWithinMs + bootWithinMs);
    const reader = await startedReader(page, server().url);
    const window = page.locator('.machine-window');
    await expect(window).toHaveAttribute('data-phase', 'ready', { timeout: startWithinMs });
    await window.getByRole('button', { name: 'Read again' }).click();
    await expect(window.locator('[data-secure-boot]')).toHaveText('on', { timeout: startWithinMs });
    await expect(window.getByRole('option', { name: /^PCR 7, Secure Boot keys: [0-9a-f]{64}$/ })).toBeVisible();
    await expect(window.locator('.machine-disks')).toContainText('LUKS2, unlocked');
    await expect(window.locator('.machine-disks')).toContainText('slot 0: passphrase');
    await reader.types('findmnt -no SOURCE /');
    await reader.sees(/^\/dev\/mapper\//m, startWithinMs);
    await page.getByRole('tab', { name: 'Screen' }).click();
    const canvas = page.locator('.lab-screen canvas');
    await expect.poll(() => canvas.evaluate(colours), { timeout: startWithinMs }).toBeGreaterThan(1);
    await page.screenshot({ path: 'test-results/vm-screen.png' });
  });

  test('a machine that was tampered with asks for the passphrase, and comes back', async ({ page }) => {
    test.setTimeout(preparedWithinMs + 2 * bootWithinMs);
    const reader = await startedReader(page, server().url);
    const window = page.locator('.machine-window');
    await window.getByRole('button', { name: 'Tamper', exact: true }).click();
    await page.getByRole('button', { name: 'Do it: Put the disk into another machine' }).click();
    await expect(window).toContainText('Tampered: other machine', { timeout: startWithinMs });
    await expect(window).toHaveAttribute('data-phase', 'unlock', { timeout: bootWithinMs });
    await page.screenshot({ path: 'test-results/vm-unlock.png' });
    await reader.types('correct horse');
    await expect(window).toHaveAttribute('data-phase', 'ready', { timeout: bootWithinMs });
    // While it boots, systemd asks the terminal for its size. On a busy host an answer may come too late, and is typed at the
    // prompt, as on any serial line: Enter, as a reader would, gives a clean one.
    await reader.types('');
    await reader.sees(/[#$] ?$/, startWithinMs);
  });

  test('an unsigned boot loader: the firmware refuses it on the screen, and the panel says so', async ({ page }) => {
    test.setTimeout(preparedWithinMs + bootWithinMs);
    await startedReader(page, server().url);
    const window = page.locator('.machine-window');
    await page.getByRole('tab', { name: 'Screen' }).click();
    await window.getByRole('button', { name: 'Tamper', exact: true }).click();
    await page.getByRole('button', { name: 'Do it: Replace the boot loader' }).click();
    await expect(window).toContainText('The firmware found nothing that it is allowed to start.', {
      timeout: bootWithinMs,
    });
    await page.screenshot({ path: 'test-results/vm-firmware.png' });
    const canvas = page.locator('.lab-screen canvas');
    await expect.poll(() => canvas.evaluate(colours), { timeout: startWithinMs }).toBeGreaterThan(1);
  });

  test('a step is restarted', async ({ page }) => {
    test.setTimeout(preparedWithinMs + bootWithinMs);
    const reader = await startedReader(page, server().url);
    await reader.types('echo mine-$((1)) > /root/mine; cat /root/mine');
    await reader.sees(/^mine-1$/m, startWithinMs);
    const step = page.locator('lab-step').first();
    await step.getByRole('button', { name: 'Reset this step' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Reset this step' }).click();
    await reader.seesNot(/mine-1/);
    await expect(reader.panel).toHaveAttribute('data-phase', 'ready', { timeout: startWithinMs });
    await reader.sees(/[#$] ?$/, startWithinMs);
    await reader.types('cat /root/mine');
    await reader.sees(/No such file/, startWithinMs);
  });
});
