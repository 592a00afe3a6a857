// The terminal itself, following the list that Cockpit's tests have developed over the years.
import { expect, test } from './support/test.ts';

test('shows a prompt, runs what is typed, shows its output', async ({ reader, server }) => {
  await reader.startLab(server.url);
  await reader.types('echo "a $((40 + 2)) b"');
  await reader.sees(/^a 42 b$/m);
});

test('bytes that are not UTF-8 do no harm', async ({ reader, server }) => {
  await reader.startLab(server.url);
  await reader.types(String.raw`printf 'before \377\376\200 after\n'; printf 'and Grüße, 日本\n'`);
  await reader.sees(/before .+ after/);
  await reader.sees(/and Grüße, 日本/);
});

test('a million lines, and the page stays usable', async ({ reader, server }) => {
  await reader.startLab(server.url);
  await reader.types('seq 1 1000000; echo finished');
  await reader.sees(/^999999\n1000000\nfinished$/m, 50_000);
  await reader.types('echo still here');
  await reader.sees(/^still here$/m);
});

test('the command `reset` gives an empty screen and a prompt', async ({ reader, server }) => {
  await reader.startLab(server.url);
  await reader.types('echo unique-words');
  await reader.sees(/^unique-words$/m);
  await reader.types('reset');
  await reader.seesNot(/unique-words/);
  await reader.types('echo again');
  await reader.sees(/^again$/m);
});

test('after exit the panel says so and offers a new terminal', async ({ reader, server }) => {
  await reader.startLab(server.url);
  await reader.types('exit 3');
  await expect(reader.panel.getByText('The shell ended with exit status 3.')).toBeVisible();
  await reader.button('New terminal').click();
  await expect(reader.panel.getByRole('tab')).toHaveCount(1);
  await reader.seesPrompt();
  await reader.types('echo reborn');
  await reader.sees(/^reborn$/m);
});

test('where the shell has ended, Tab moves on and Enter starts a new one', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await reader.types('exit 3');
  await expect(reader.panel.getByText('Enter opens a new terminal, Tab moves on.')).toBeVisible();
  expect(await reader.focusIsInTerminal()).toBe(true);
  await page.keyboard.press('Tab');
  await expect(reader.button('New terminal')).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await expect(reader.terminal.locator('textarea')).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await expect(reader.panel.getByText('The shell ended')).toBeHidden();
  await expect(reader.panel.getByRole('tab')).toHaveCount(1);
  await reader.seesPrompt();
  await expect.poll(() => reader.focusIsInTerminal()).toBe(true);
  await page.keyboard.type('echo reborn-$((1))');
  await page.keyboard.press('Enter');
  await reader.sees(/^reborn-1$/m);
});

test('closing a terminal asks while a program runs in it, and not at a prompt', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  const adder = reader.panel.getByRole('button', { name: 'New terminal on workstation' });
  const tabs = reader.panel.getByRole('tab');
  const question = page.getByRole('dialog', { name: 'Close this terminal?' });
  await adder.click();
  await expect(tabs).toHaveCount(2);
  await reader.seesPrompt();
  await reader.types('sleep 600');
  await reader.sees(/sleep 600\n?$/);
  await tabs.nth(1).focus();
  await page.keyboard.press('Delete');
  await expect(question).toBeVisible();
  await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(tabs).toHaveCount(2);
  await expect(tabs.nth(1)).toBeFocused();
  // A new page has seen no command begin, so the screen's modes decide.
  await page.reload();
  await reader.phaseIs('ready');
  await tabs.nth(1).click();
  await reader.sees(/sleep 600/);
  await reader.panel.getByRole('button', { name: /^Close: / }).click();
  await question.getByRole('button', { name: 'Close it' }).click();
  await expect(tabs).toHaveCount(1);
  await adder.click();
  await expect(tabs).toHaveCount(2);
  await reader.seesPrompt();
  await reader.panel.getByRole('button', { name: /^Close: / }).click();
  await expect(tabs).toHaveCount(1);
  await expect(question).toBeHidden();
});

test('copies what is selected and pastes it', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await reader.types('echo copy-$((1))-me');
  await reader.sees(/^copy-1-me$/m);
  // A layer above the row takes the mouse, so the click goes to the row's position.
  const row = await page.locator('.xterm-rows > div', { hasText: /^copy-1-me/ }).boundingBox();
  await page.mouse.dblclick((row?.x ?? 0) + 20, (row?.y ?? 0) + 8);
  await page.keyboard.press('Control+Shift+C');
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('copy');
  await page.evaluate(() => navigator.clipboard.writeText('echo pasted-$((2))'));
  await page.keyboard.press('Control+Shift+V');
  await reader.sees(/echo pasted-\$\(\(2\)\)$/);
  await page.keyboard.press('Enter');
  await reader.sees(/^pasted-2$/m);
});

test('a pasted command of several lines waits for Enter', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await page.evaluate(() => navigator.clipboard.writeText('echo one-$((1))\necho two-$((2))'));
  await reader.terminal.locator('textarea').focus();
  await page.keyboard.press('Control+Shift+V');
  await reader.sees(/echo two-/);
  expect(await reader.screen()).not.toMatch(/^one-1$/m);
  await page.keyboard.press('Enter');
  await reader.sees(/^one-1\ntwo-2$/m);
});

test('a non-breaking space is typed as a space', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await page.evaluate(() => navigator.clipboard.writeText('echo\u00a0no\u00a0break'));
  await reader.terminal.locator('textarea').focus();
  await page.keyboard.press('Control+Shift+V');
  await page.keyboard.press('Enter');
  await reader.sees(/^no break$/m);
});

test('finds text in the scrollback', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await reader.types('echo needle-$((7)); seq 1 300');
  await reader.sees(/^300$/m);
  await page.keyboard.press('Control+Shift+F');
  const field = reader.panel.getByRole('searchbox', { name: 'Find' });
  await expect(field).toBeFocused();
  await field.fill('needle-7');
  await expect(page.locator('.xterm-rows')).toContainText('needle-7');
  await field.fill('nothing-like-this');
  await expect(reader.panel.getByText('Not found')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(field).toBeHidden();
  expect(await reader.focusIsInTerminal()).toBe(true);
});

test('type size and colours are remembered', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  const before = await reader.panel.locator('.lab-size').textContent();
  await reader.button('Settings').click();
  const dialog = page.getByRole('dialog', { name: 'Settings' });
  await dialog.getByLabel('Type size').fill('20');
  await dialog.getByLabel('Colours').selectOption('Light');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(reader.panel.locator('.lab-size')).not.toHaveText(before ?? '');
  const small = await reader.panel.locator('.lab-size').textContent();
  await page.reload();
  await reader.phaseIs('ready');
  await reader.seesPrompt();
  await expect(reader.panel.locator('.lab-size')).toHaveText(small ?? '');
  await expect(page.locator('.xterm-viewport, .xterm-scrollable-element').first()).toBeVisible();
});

test('several terminals, each with its own shell', async ({ reader, server }) => {
  await reader.startLab(server.url);
  await reader.types('name=first');
  await reader.panel.getByRole('button', { name: 'New terminal on workstation' }).click();
  await expect(reader.panel.getByRole('tab')).toHaveCount(2);
  await reader.seesPrompt();
  await reader.types('echo "<$name>"');
  await reader.sees(/^<>$/m);
  await reader.panel.getByRole('tab').first().click();
  await reader.types('echo "<$name>"');
  await reader.sees(/^<first>$/m);
  await reader.panel.getByRole('button', { name: /^Close: / }).click();
  await expect(reader.panel.getByRole('tab')).toHaveCount(1);
});

test('a resized panel resizes the program in it', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  const separator = reader.panel.getByRole('separator', { name: 'Width of the lab' });
  const size = reader.panel.locator('.lab-size');
  const before = await size.textContent();
  await separator.focus();
  for (const _ of [1, 2, 3]) await page.keyboard.press('ArrowLeft');
  await expect(size).not.toHaveText(before ?? '');
  await reader.types('clear; stty size');
  const [columns, rows] = ((await size.textContent()) ?? '').split(' × ');
  await reader.sees(new RegExp(`^${rows} ${columns}$`, 'm'));
  await page.reload();
  await expect(size).toHaveText(`${columns} × ${rows}`);
});

test('the lab can be reset: a new machine, no old screen', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await reader.types('echo old-$((1)) | tee ~/old');
  await reader.sees(/^old-1$/m);
  await reader.button('Reset').click();
  const dialog = page.getByRole('dialog', { name: 'Reset the lab?' });
  await dialog.getByRole('button', { name: 'Reset' }).click();
  await reader.seesNot(/old-1/);
  await reader.phaseIs('ready');
  await reader.seesPrompt();
  await reader.types('ls ~/old');
  await reader.sees(/cannot access|No such file/);
});
