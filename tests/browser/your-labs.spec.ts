// The list of a reader's running labs: what runs, how long it has left, and ending it, by keyboard as well.
import { machinePath, nextPath } from './support/fixture-site.ts';
import { expect, test } from './support/test.ts';

test('a running lab is listed with its time and can be ended; the focus is not lost', async ({
  reader,
  server,
  page,
}) => {
  await page.goto(`${server.url}/your-labs/`);
  await expect(page.getByText('No lab is running for you on this server.')).toBeVisible();

  await reader.open(server.url);
  await reader.button('Start the lab').click();
  await reader.seesPrompt();

  await page.getByRole('navigation', { name: 'Site' }).getByRole('link', { name: 'Your labs' }).click();
  await expect(page.getByText('One lab is running for you.')).toBeVisible();
  const row = page.getByRole('listitem').filter({ has: page.getByRole('button', { name: /^End it/ }) });
  await expect(row).toContainText(/\d+ min left/);

  await row.getByRole('button', { name: /^End it/ }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await expect(row).toBeVisible();

  await row.getByRole('button', { name: /^End it/ }).press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'End it' }).press('Enter');
  await expect(row).toHaveCount(0);
  await expect(page.getByText('No lab is running for you on this server.')).toBeFocused();
});

test('leads back to the lesson in which the lab was used last', async ({ reader, server, page }) => {
  const link = page.getByRole('link', { name: /^Continue with/ });
  await reader.startLab(server.url, machinePath);
  await reader.open(server.url, nextPath);
  await reader.phaseIs('ready');
  // Only looked at, not used.
  await page.goto(`${server.url}/your-labs/`);
  await expect(link).toHaveText('Continue with “A machine”');
  await reader.open(server.url, nextPath);
  await reader.phaseIs('ready');
  await reader.types('echo here-$((1))');
  await reader.sees(/^here-1$/m);
  await page.goto(`${server.url}/your-labs/`);
  await expect(link).toHaveText('Continue with “The next one”');
  await expect(link).toHaveAttribute('href', nextPath);
});
