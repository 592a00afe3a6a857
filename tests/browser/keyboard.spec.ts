// A whole step without a mouse; the focus can always leave the terminal.
import { expect, test } from './support/test.ts';

test('start, run, check, leave: only by keyboard', async ({ reader, server, page }) => {
  await reader.open(server.url);
  await page.keyboard.press('Control+Alt+ArrowRight');
  await expect(reader.button('Start the lab')).toBeFocused();
  await page.keyboard.press('Enter');
  await reader.phaseIs('ready');
  await reader.seesPrompt();
  await expect.poll(() => reader.focusIsInTerminal()).toBe(true);
  await page.keyboard.type('echo typed-$((1))');
  await page.keyboard.press('Enter');
  await reader.sees(/^typed-1$/m);
  await page.keyboard.press('Control+Alt+ArrowLeft');
  await expect.poll(() => reader.focusIsInTerminal()).toBe(false);
  // Alt R: block after block.
  await page.keyboard.press('Alt+r');
  await reader.blockSays('touch', /^Done/);
  await expect(reader.block('touch').locator('[data-run]')).toBeFocused();
  await page.keyboard.press('Alt+r');
  await reader.blockSays('note', /^Done/);
  const check = reader.check.getByRole('button', { name: 'Check' });
  for (
    let presses = 0;
    presses < 10 && !(await check.evaluate((element) => element === document.activeElement));
    presses++
  ) {
    await page.keyboard.press('Tab');
  }
  await expect(check).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(reader.check.locator('[data-check-state]')).toHaveText('Passed');
});

test('either key combination leaves the terminal, even when the panel is maximised', async ({
  reader,
  server,
  page,
}) => {
  await reader.startLab(server.url);
  await reader.terminal.locator('textarea').focus();
  await page.keyboard.press('Shift+F6');
  await expect.poll(() => reader.focusIsInTerminal()).toBe(false);
  await reader.button('Maximise').click();
  await reader.terminal.locator('textarea').focus();
  await page.keyboard.press('Control+Alt+ArrowLeft');
  await expect.poll(() => reader.focusIsInTerminal()).toBe(false);
  await expect(reader.panel).toHaveAttribute('data-size', 'normal');
});

test('arrow keys move along the tabs, Delete closes one', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await reader.panel.getByRole('button', { name: 'New terminal on workstation' }).click();
  const tabs = reader.panel.getByRole('tab');
  await expect(tabs).toHaveCount(2);
  await tabs.nth(1).focus();
  await page.keyboard.press('ArrowLeft');
  await expect(tabs.nth(0)).toBeFocused();
  await expect(tabs.nth(0)).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Delete');
  await expect(tabs).toHaveCount(1);
  await expect(tabs.first()).toBeFocused();
});

test('screen reader mode: the text of the terminal can be read, and states are announced', async ({
  reader,
  server,
  page,
}) => {
  await reader.startLab(server.url);
  const offer = reader.button('Turn on screen reader mode for the terminal');
  await offer.focus();
  await page.keyboard.press('Enter');
  await reader.types('echo readable-$((1))');
  await expect(page.locator('.xterm-accessibility-tree')).toContainText('readable-1');
  await reader.runs('easy');
  await expect(reader.block('easy').getByRole('status')).toHaveText(/^Done/);
});
