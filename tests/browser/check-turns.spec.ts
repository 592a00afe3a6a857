// Checks wait their turn, say at once when there is no connection, and remember over a reload what has been done.
import { Cable } from './support/cable.ts';
import type { LabReader } from './support/lab-reader.ts';
import { expect, test } from './support/test.ts';

const late = (reader: LabReader) => reader.page.locator('lab-step[data-step="late"]');

test('a check waits for the commands that run in its step', async ({ reader, server }) => {
  await reader.startLab(server.url);
  const check = late(reader).locator('lab-check').first();
  await reader.runs('late');
  await reader.blockSays('late', /^Running/);
  await check.getByRole('button', { name: /^Check: / }).click();
  await expect(check.locator('[data-check-state]')).toHaveText('Waiting');
  await expect(check.getByRole('status')).toContainText('The check waits until the commands of this step have ended');
  await expect(check.locator('[data-check-state]')).toHaveText('Passed');
});

test('*Check now* does not wait for a block that is still running', async ({ reader, server }) => {
  await reader.startLab(server.url);
  const check = late(reader).locator('lab-check').first();
  await reader.runs('late');
  await reader.blockSays('late', /^Running/);
  await check.getByRole('button', { name: /^Check: / }).click();
  await check.getByRole('button', { name: 'Check now' }).click();
  await expect(check.locator('[data-check-state]')).toHaveText('Not yet');
});

test('two checks one after the other both get a result', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  const answers: string[] = [];
  page.on('response', (response) => {
    if (response.url().includes('/checks/')) answers.push(String(response.status()));
  });
  const checks = late(reader).locator('lab-check');
  await reader.check.getByRole('button', { name: 'Check' }).click();
  await checks.first().getByRole('button', { name: 'Check' }).click();
  await checks.nth(1).getByRole('button', { name: 'Check' }).click();
  await expect(reader.check.locator('[data-check-state]')).toHaveText('Not yet');
  await expect(checks.first().locator('[data-check-state]')).toHaveText('Not yet');
  await expect(checks.nth(1).locator('[data-check-state]')).toHaveText('Fails, as the text says');
  expect(answers).toEqual(['200', '200', '200']);
});

test('when a failure that the text provokes does not occur, the page says what that means', async ({
  reader,
  server,
}) => {
  await reader.startLab(server.url);
  await reader.runs('late');
  await reader.blockSays('late', /^Done/);
  const check = late(reader).locator('lab-check').nth(1);
  await check.getByRole('button', { name: 'Check' }).click();
  await expect(check.locator('[data-check-state]')).toHaveText('Passes');
  await expect(check).toContainText('The text expects a failure here.');
});

test('without a connection a check says so at once', async ({ reader, server }) => {
  await using cable = await Cable.to(server.port);
  await reader.startLab(cable.url);
  cable.cut();
  await reader.phaseIs('disconnected');
  await reader.check.getByRole('button', { name: 'Check' }).click();
  await expect(reader.check.locator('[data-check-state]')).toHaveText('Not checked', { timeout: 1_000 });
  await expect(reader.check).toContainText('The connection to the lab is lost.');
  cable.mend();
  await reader.phaseIs('ready');
  await reader.check.getByRole('button', { name: 'Check again' }).click();
  await expect(reader.check.locator('[data-check-state]')).toHaveText('Not yet');
});

test('after a reload a check of a done step knows that it has passed', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await reader.runs('note');
  await reader.blockSays('note', /^Done/);
  await reader.check.getByRole('button', { name: 'Check' }).click();
  await expect(reader.check.locator('[data-check-state]')).toHaveText('Passed');
  await page.reload();
  await expect(reader.check.locator('[data-check-state]')).toHaveText('Passed earlier');
  // A result that is not new is not announced.
  await expect(reader.check.getByRole('status')).toBeEmpty();
  await expect(page.locator('lab-step[data-step="write"]')).toHaveAttribute('data-progress', 'done');
  await reader.button('Settings').click();
  await page.getByRole('button', { name: 'Forget my progress' }).click();
  await page.getByRole('button', { name: 'Forget it' }).click();
  await expect(reader.check.locator('[data-check-state]')).toHaveText('To check');
});

test('after a reload, a check that failed as the text says still shows that it was run', async ({
  reader,
  server,
  page,
}) => {
  await reader.startLab(server.url);
  const check = late(reader).locator('lab-check').nth(1);
  await check.getByRole('button', { name: 'Check' }).click();
  await expect(check.locator('[data-check-state]')).toHaveText('Fails, as the text says');
  await page.reload();
  await expect(check.locator('[data-check-state]')).toHaveText('Failed as the text says, earlier');
  await expect(check).toHaveAttribute('data-state', 'expected');
  await expect(check.getByRole('status')).toBeEmpty();
});
