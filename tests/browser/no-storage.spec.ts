// A browser that does not let the site store anything: the page works, remembers until the reader leaves, and says so.
import type { Page } from '@playwright/test';
import { expect, test } from './support/test.ts';

/** As in Chromium with site data blocked: any access to the storage throws. */
async function forbidStorage(page: Page): Promise<void> {
  await page.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage'])
      Object.defineProperty(globalThis, name, {
        get: () => {
          throw new DOMException('Access is denied for this document.', 'SecurityError');
        },
      });
  });
}

test('the lab works without storage: blocks, marks, settings, width', async ({ reader, server, page }) => {
  await forbidStorage(page);
  await reader.open(server.url);
  await expect(reader.panel.getByText('This browser stores nothing for this site.')).toBeVisible();
  await reader.button('Start the lab').click();
  await reader.seesPrompt();
  await reader.runs('easy');
  await reader.blockSays('easy', /^Done/);
  await expect(page.locator('lab-step[data-step="easy"]')).toHaveAttribute('data-progress', 'done');
  await reader.button('Settings').click();
  const dialog = page.getByRole('dialog', { name: 'Settings' });
  await dialog.getByLabel('Type size').fill('18');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await reader.button('Settings').click();
  await expect(dialog.getByLabel('Type size')).toHaveValue('18');
  await page.keyboard.press('Escape');
  const separator = reader.panel.getByRole('separator', { name: 'Width of the lab' });
  await separator.focus();
  await page.keyboard.press('Home');
  await expect(separator).toHaveAttribute('aria-valuenow', '65');
  await reader.button('Fold').click();
  await reader.button('Open').click();
  await expect(separator).toHaveAttribute('aria-valuenow', '65');
  await page.locator('[data-theme-select]').first().selectOption('dark');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('every page loads without storage', async ({ reader, server, page }) => {
  await forbidStorage(page);
  for (const address of ['/', '/map/', '/build/ship-it/', '/project/settings/']) {
    await page.goto(server.url + address);
    await expect(page.locator('h1').first()).toBeVisible();
  }
  // The fixture makes the test fail when a page's script has a fault.
  await reader.open(server.url);
});

test('where everything is stored nothing is said', async ({ reader, server }) => {
  await reader.open(server.url);
  await expect(reader.button('Start the lab')).toBeVisible();
  await expect(reader.panel.locator('.lab-unkept')).toBeHidden();
});
