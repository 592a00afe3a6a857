// Run blocks, steps, solutions, checks, progress: what one click does, and what the page says about it.
import { expect, test } from './support/test.ts';

test('a block is typed visibly, says that it is done, and runs again', async ({ reader, server }) => {
  await reader.startLab(server.url);
  await reader.runs('note');
  await reader.blockSays('note', /^Done, exit status 0, \d\.\d s$/);
  await reader.sees(/echo hello > ~\/note[\s\S]*^hello$/m);
  await expect(reader.block('note').locator('[data-run]')).toHaveText('Run again');
});

test('a click before the lab is started starts it and then runs', async ({ reader, server }) => {
  await reader.open(server.url);
  await reader.runs('easy');
  await reader.blockSays('easy', /^Done, exit status 0/);
  await reader.phaseIs('ready');
});

test('an exit status that the text expects is not a failure, any other one is', async ({ reader, server }) => {
  await reader.startLab(server.url);
  await reader.runs('false');
  await reader.blockSays('false', /^Ended with exit status 3, as the text says/);
  await reader.runs('surprise');
  await reader.blockSays('surprise', /^Failed, exit status 4/);
});

test('a running block counts seconds, can be stopped, and others say that the terminal is busy', async ({
  reader,
  server,
}) => {
  await reader.startLab(server.url);
  await reader.runs('slow');
  await reader.blockSays('slow', /^Running for [1-9]\d* s$/);
  await reader.runs('easy');
  await reader.blockSays('easy', /another program is running/);
  await reader.block('slow').getByRole('button', { name: 'Stop' }).click();
  await reader.blockSays('slow', /^Failed, exit status 130/);
  await reader.runs('easy');
  await reader.blockSays('easy', /^Done/);
});

test('a block goes to another terminal of the machine when one is idle', async ({ reader, server }) => {
  await reader.startLab(server.url);
  await reader.panel.getByRole('button', { name: 'New terminal on workstation' }).click();
  await expect(reader.panel.getByRole('tab')).toHaveCount(2);
  await reader.seesPrompt();
  await reader.runs('slow');
  await reader.blockSays('slow', /^Running/);
  await reader.runs('easy');
  await reader.blockSays('easy', /^Done/);
  await expect(reader.panel.getByRole('tab').first()).toHaveAttribute('aria-selected', 'true');
});

test('a program that no block started makes the terminal busy, too', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await reader.types('cat');
  await reader.runs('easy');
  await reader.blockSays('easy', /another program is running/);
  await reader.terminal.locator('textarea').focus();
  await page.keyboard.press('Control+C');
  await reader.runs('easy');
  await reader.blockSays('easy', /^Done/);
});

test('a step runs in order and stops at the first surprise', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await page.locator('lab-step[data-step="fail"] [data-run-step]').click();
  await reader.blockSays('false', /as the text says/);
  await reader.blockSays('surprise', /^Failed/);
  await reader.blockSays('after', /^$/);
});

test('a check shows its cause, with the data as text, and what passing means', async ({ reader, server }) => {
  await reader.startLab(server.url);
  const { check } = reader;
  await check.getByRole('button', { name: 'Check' }).click();
  await expect(check.locator('[data-check-state]')).toHaveText('Not yet');
  await expect(check).toContainText('Found no file at ~/note <b>bold</b>.');
  await expect(check.locator('b')).toHaveCount(0);
  await expect(check).toContainText('Make one with touch.');
  await reader.runs('touch');
  await reader.blockSays('touch', /^Done/);
  await expect(check).toHaveClass(/check-again/);
  await check.getByRole('button', { name: 'Check again' }).click();
  await expect(check).toContainText('The note is empty.');
  await reader.runs('note');
  await reader.blockSays('note', /^Done/);
  await check.getByRole('button', { name: 'Check again' }).click();
  await expect(check.locator('[data-check-state]')).toHaveText('Passed');
  await expect(check.locator('[data-check-message]')).toBeVisible();
  await expect(check.getByRole('status')).toHaveText('Passed. There is a note.');
});

test('a solution is done for the reader, visibly', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await page.getByRole('button', { name: 'Do it for me' }).click();
  await reader.blockSays('solve', /^Done/);
  await expect(reader.block('solve')).toBeVisible();
});

test('progress is kept over reloads, shown in the navigation, and can be cleared', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  const mark = page.locator('.progress-mark[data-lesson="build/fixture"]');
  await expect(mark).toHaveAttribute('data-progress', 'todo');
  await reader.runs('easy');
  await reader.blockSays('easy', /^Done/);
  await expect(page.locator('lab-step[data-step="easy"]')).toHaveAttribute('data-progress', 'done');
  await expect(mark).toHaveAttribute('data-progress', 'begun');
  await reader.open(server.url);
  await expect(mark).toHaveAttribute('data-progress', 'begun');
  await expect(page.locator('lab-step[data-step="easy"]')).toHaveAttribute('data-progress', 'done');
  await reader.blockSays('easy', /^Done/);
  await reader.button('Settings').click();
  await page.getByRole('button', { name: 'Forget my progress' }).click();
  await page.getByRole('button', { name: 'Forget it' }).click();
  await expect(mark).toHaveAttribute('data-progress', 'todo');
});

test('a reset clears the states of blocks and checks', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await reader.runs('easy');
  await reader.blockSays('easy', /^Done/);
  await reader.check.getByRole('button', { name: 'Check' }).click();
  await expect(reader.check.locator('[data-check-state]')).toHaveText('Not yet');
  await reader.button('Reset').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Reset' }).click();
  await reader.blockSays('easy', /^$/);
  await expect(reader.check.locator('[data-check-state]')).toHaveText('To check');
  await reader.phaseIs('ready');
});

test('a block that fails when it is run again removes the mark of a step without checks', async ({
  reader,
  server,
  page,
}) => {
  await reader.startLab(server.url);
  const step = page.locator('lab-step[data-step="once"]');
  await reader.runs('once');
  await reader.blockSays('once', /^Done/);
  await expect(step).toHaveAttribute('data-progress', 'done');
  await reader.runs('once');
  await reader.blockSays('once', /^Failed, exit status 1/);
  await expect(step).toHaveAttribute('data-progress', 'todo');
});

test('a check that had passed is in doubt when a block of its step fails', async ({ reader, server }) => {
  await reader.startLab(server.url);
  await reader.runs('note');
  await reader.blockSays('note', /^Done/);
  await reader.check.getByRole('button', { name: 'Check' }).click();
  await expect(reader.check.locator('[data-check-state]')).toHaveText('Passed');
  await reader.types('rm ~/note; mkdir ~/note');
  await reader.seesPrompt();
  await reader.runs('note');
  await reader.blockSays('note', /^Failed/);
  await expect(reader.check.locator('[data-check-state]')).toHaveText('Passed earlier');
  await expect(reader.check.locator('[data-check-button]')).toHaveText('Check again');
});

test('buttons are named after their purpose, and stay so', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  const run = reader.block('easy').locator('[data-run]');
  await expect(run).toHaveAccessibleName('Run: echo easy');
  await run.click();
  await reader.blockSays('easy', /^Done/);
  await expect(run).toHaveAccessibleName('Run again: echo easy');
  const copy = reader.block('easy').locator('[data-copy]');
  await copy.click();
  await expect(copy).toHaveAccessibleName('Copied: echo easy');
  await expect(page.getByRole('status').filter({ hasText: /^Copied$/ })).toHaveCount(1);
  const check = reader.check.locator('[data-check-button]');
  await check.click();
  await expect(reader.check.locator('[data-check-state]')).toHaveText('Not yet');
  await expect(check).toHaveAccessibleName('Check again: The note is there');
});
