// A whole step without a mouse; the focus can always leave the terminal.
import type { Page } from '@playwright/test';
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
  // Pressed inside, the page's shortcuts do nothing and leave nothing on the shell's line.
  await page.keyboard.press('Control+Alt+ArrowRight');
  await page.keyboard.press('Control+Alt+ArrowRight');
  await page.keyboard.press('Alt+r');
  await page.keyboard.type('echo "clean-$((2))"');
  await page.keyboard.press('Enter');
  await reader.sees(/^clean-2$/m);
  expect(await reader.screen()).not.toMatch(/\bCC?echo/);
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

test('Alt R leaves finished work alone: it goes on below it, and says when nothing is left', async ({
  reader,
  server,
  page,
}) => {
  await reader.startLab(server.url);
  await reader.types('echo by-hand > ~/note');
  await reader.check.getByRole('button', { name: 'Check' }).click();
  await expect(reader.check.locator('[data-check-state]')).toHaveText('Passed');
  await page.keyboard.press('Alt+r');
  await reader.blockSays('false', /^Ended with exit status 3, as the text says/);
  await expect(reader.block('touch').locator('[data-state]')).toHaveText('');
  await page.locator('lab-step').last().getByRole('button', { name: /Run/ }).last().focus();
  await page.keyboard.press('Alt+r');
  await reader.blockSays('once', /^Done/);
  await page.keyboard.press('Alt+r');
  await expect(reader.panel.locator('.lab-told')).toContainText('no command is left');
  await expect(reader.block('after').locator('[data-state]')).toHaveText('');
});

test('the terminal is left for the text, not for a link around it', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await page.locator('.page-footer a').last().focus();
  await reader.terminal.locator('textarea').focus();
  await page.keyboard.press('Control+Alt+ArrowLeft');
  await expect(page.getByRole('heading', { name: 'Write a note', exact: true })).toBeFocused();
  await reader.check.getByRole('button', { name: 'Check' }).focus();
  await page.locator('.skip-link').first().focus();
  await reader.terminal.locator('textarea').focus();
  await page.keyboard.press('Shift+F6');
  await expect(reader.check.getByRole('button', { name: 'Check' })).toBeFocused();
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

test('the second link of a lesson leads to the lab, and the panel lists its keys', async ({ reader, server, page }) => {
  await reader.open(server.url);
  await expect(reader.panel.getByText('By keyboard: Ctrl Alt Right goes to the lab')).toBeVisible();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to the lab (Ctrl Alt Right)' });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(reader.button('Start the lab')).toBeFocused();
  await page.keyboard.press('Enter');
  await reader.seesPrompt();
  await reader.button('Keys').focus();
  await page.keyboard.press('Enter');
  const keys = page.getByRole('dialog', { name: 'Keys' });
  await expect(keys).toContainText('Run the next command of the text');
  await page.keyboard.press('Escape');
  await expect(reader.button('Keys')).toBeFocused();
  await skip.focus();
  await page.keyboard.press('Enter');
  await expect(reader.panel.getByRole('tab')).toBeFocused();
  await page.keyboard.press('Enter');
  expect(await reader.focusIsInTerminal()).toBe(true);
});

test('screen reader mode: a button with a state, readable text, output and states announced once', async ({
  reader,
  server,
  page,
}) => {
  await reader.startLab(server.url);
  const mode = reader.button('Screen reader mode of the terminal');
  await expect(mode).toHaveAttribute('aria-pressed', 'false');
  await mode.focus();
  await page.keyboard.press('Enter');
  await expect(mode).toHaveAttribute('aria-pressed', 'true');
  await expect(mode).toBeFocused();
  const log = reader.panel.getByRole('log');
  await collectSaid(page);
  await reader.types('echo readable-$((1))');
  await expect(page.locator('.xterm-accessibility-tree')).toContainText('readable-1');
  await expect(log).toContainText('readable-1');
  await reader.runs('easy');
  await expect(reader.block('easy').getByRole('status')).toHaveText(/^Done/);
  await expect.poll(async () => (await said(page)).filter((words) => words === 'easy').length).toBe(1);
  const words = await said(page);
  expect(words.filter((line) => line === 'readable-1')).toHaveLength(1);
  expect(words.filter((line) => line.startsWith('Done, exit status 0'))).toHaveLength(1);
  await page.keyboard.press('Control+Alt+ArrowRight');
  await mode.focus();
  await page.keyboard.press('Enter');
  await expect(mode).toHaveAttribute('aria-pressed', 'false');
});

test('Find says which match it is and the line that it is in', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await reader.types(
    'echo "match $((1)) here"; echo "match $((2)) there"; clear; echo "match $((3)) is one"; echo "match $((4)) is two"',
  );
  await reader.sees(/match 4 is two/);
  await reader.button('Find').click();
  const found = reader.panel.locator('.lab-find').getByRole('status');
  await page.getByRole('searchbox', { name: 'Find' }).fill('is two');
  await expect(found).toHaveText(/^\d of \d: .*match 4 is two/);
  await page.getByRole('searchbox', { name: 'Find' }).fill('no such thing');
  await expect(found).toHaveText('Not found');
});

test('More time says how long the lab has now', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await reader.button('More time').focus();
  await page.keyboard.press('Enter');
  await expect(reader.panel.locator('.lab-told')).toContainText(/left/);
});

test('Run this step ends with one sentence, and a check is announced once', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await collectSaid(page);
  await page.locator('lab-step[data-step="write"] [data-run-step]').click();
  const sentence = 'The step has run, all of it as the text says. Commands and actions: 3. Now press Check.';
  await expect(reader.panel.locator('.lab-told')).toHaveText(sentence);
  await reader.check.getByRole('button', { name: 'Check' }).click();
  await expect(reader.check.locator('[data-check-state]')).toHaveText('Passed');
  const words = await said(page);
  expect(words.filter((line) => line === sentence)).toHaveLength(1);
  expect(words.filter((line) => line.startsWith('Checking'))).toHaveLength(1);
  expect(words.filter((line) => /^(Typed|Running for 0)/.test(line))).toEqual([]);
});

/** Records each line that is added to a live region that assistive technology can see. */
async function collectSaid(page: Page): Promise<void> {
  await page.evaluate(() => {
    const lines: string[] = [];
    Object.assign(globalThis, { said: lines });
    new MutationObserver((changes) => {
      for (const { target, addedNodes } of changes) {
        const region = (target instanceof Element ? target : target.parentElement)?.closest(
          '[aria-live]:not([aria-live="off"]), [role="status"], [role="log"], [role="alert"]',
        );
        if (!region?.checkVisibility()) continue;
        for (const node of addedNodes) lines.push(...(node.textContent ?? '').split('\n'));
      }
    }).observe(document.body, { childList: true, subtree: true });
  });
}

function said(page: Page): Promise<string[]> {
  return page.evaluate(() => (globalThis as unknown as { said: string[] }).said);
}
