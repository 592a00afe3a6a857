// A pressed control keeps the focus, results are announced, and no single key is a shortcut while the reader types.
import type { Locator, Page } from '@playwright/test';
import { machinePath, nextPath } from './support/fixture-site.ts';
import { expect, test } from './support/test.ts';

async function press(page: Page, button: Locator): Promise<void> {
  await button.focus();
  await page.keyboard.press('Enter');
}

test('Check, Run this step and a solution keep the focus', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  const check = reader.check.locator('[data-check-button]');
  await press(page, check);
  await expect(reader.check.locator('[data-check-state]')).toHaveText('Not yet');
  await expect(check).toBeFocused();
  const step = page.locator('lab-step[data-step="easy"] [data-run-step]');
  await press(page, step);
  await reader.blockSays('easy', /^Done/);
  await expect(step).toBeEnabled();
  await expect(step).toBeFocused();
  const solution = page.getByRole('button', { name: 'Do it for me' });
  await press(page, solution);
  await reader.blockSays('solve', /^Done/);
  await expect(solution).toBeFocused();
  await press(page, check);
  await expect(reader.check.getByRole('status')).toHaveText('Passed. There is a note.');
});

test('Reset, of the lab and of a step, keeps the focus', async ({ reader, server, page }) => {
  await reader.startLab(server.url, nextPath);
  const reset = reader.button('Reset');
  await press(page, reset);
  await press(page, page.getByRole('dialog').getByRole('button', { name: 'Reset', exact: true }));
  await reader.phaseIs('ready');
  await expect(reset).toBeEnabled();
  await expect(reset).toBeFocused();
  const ofStep = page.locator('lab-step[data-step="later"]').getByRole('button', { name: 'Reset this step' });
  await press(page, ofStep);
  await press(page, page.getByRole('dialog').getByRole('button', { name: 'Reset this step' }));
  await reader.phaseIs('ready');
  await expect(ofStep).toBeEnabled();
  await expect(ofStep).toBeFocused();
});

test('End tells what it does and leads to what can be done next', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await press(page, reader.button('End'));
  const dialog = page.getByRole('dialog', { name: 'End the lab?' });
  await expect(dialog).toHaveAccessibleDescription(/^The machine and everything in it are thrown away/);
  await press(page, dialog.getByRole('button', { name: 'End it' }));
  await reader.phaseIs('ended');
  await expect(reader.button('Start again here')).toBeFocused();
});

test('a machine’s buttons and those in the text keep the focus, too', async ({ reader, server, page }) => {
  await reader.startLab(server.url, machinePath);
  const window = page.locator('.machine-window');
  const plug = window.getByRole('button', { name: 'Pull the plug' });
  await press(page, plug);
  await press(page, page.getByRole('dialog').getByRole('button', { name: 'Pull the plug' }));
  await expect(window).toHaveAttribute('data-phase', 'off');
  await expect(plug).toBeFocused();
  const start = window.getByRole('button', { name: 'Start', exact: true });
  await press(page, start);
  await expect(window).toHaveAttribute('data-phase', 'ready');
  await expect(start).toBeFocused();
  const tamper = page.locator('lab-action[data-block$="#tamper-other-machine"] [data-run]');
  await press(page, tamper);
  await expect(page.locator('lab-action[data-block$="#tamper-other-machine"] [data-state]')).toHaveText(/^Done/);
  await expect(tamper).toBeFocused();
});

test('no single key opens the search; Ctrl K does, but not in a terminal', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  const search = page.getByRole('dialog', { name: 'Search' });
  await reader.check.locator('[data-check-button]').focus();
  for (const key of ['/', 's', 'k', '?']) await page.keyboard.press(key);
  await expect(search).toBeHidden();
  await reader.terminal.locator('textarea').focus();
  await page.keyboard.press('Control+k');
  await expect(search).toBeHidden();
  await reader.check.locator('[data-check-button]').focus();
  await page.keyboard.press('Control+k');
  await expect(search).toBeVisible();
});
