// A phone: the lab is a sheet at the bottom that never hides the block that was run.
import { machinePath } from './support/fixture-site.ts';
import { MachineViews, reading } from './support/machine-views.ts';
import { expect, test } from './support/test.ts';

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

test('a sheet with three heights', async ({ reader, server, page }) => {
  await reader.open(server.url);
  await expect(reader.panel).toHaveAttribute('data-size', 'folded');
  await reader.button('Open').tap();
  await reader.button('Start the lab').tap();
  await reader.phaseIs('ready');
  await reader.seesPrompt();
  const height = async () => (await reader.panel.boundingBox())?.height ?? 0;
  await expect.poll(height).toBeLessThan(844 * 0.6);
  await reader.button('Maximise').tap();
  await expect.poll(height).toBeGreaterThan(844 * 0.8);
  await reader.button('Make smaller').tap();
  await reader.button('Fold').tap();
  await expect.poll(height).toBeLessThan(844 * 0.2);
  await expect(reader.panel.getByRole('tab')).toBeVisible();
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
});

test('the block that was run stays in sight', async ({ reader, server, page }) => {
  await reader.open(server.url);
  const block = reader.block('easy');
  await block.scrollIntoViewIfNeeded();
  await block.locator('[data-run]').tap();
  await reader.blockSays('easy', /^Done/);
  await expect
    .poll(async () => {
      const [one, sheet] = [await block.boundingBox(), await reader.panel.boundingBox()];
      return (one?.y ?? 0) + (one?.height ?? 0) <= (sheet?.y ?? 0) && (one?.y ?? 0) >= 0;
    })
    .toBe(true);
  await page.screenshot({ path: 'test-results/panel-narrow.png' });
});

test('the header’s buttons that lesson 1 mentions are in the header’s menu', async ({ reader, server, page }) => {
  await reader.open(server.url);
  await reader.button('Open').tap();
  await reader.button('Start the lab').tap();
  await reader.seesPrompt();
  const menu = reader.button('More');
  await menu.tap();
  await expect(reader.button('More time')).toBeInViewport({ ratio: 1 });
  await expect(reader.button('End the lab')).toBeInViewport({ ratio: 1 });
  await page.keyboard.press('Escape');
  await expect(menu).toBeFocused();
  await menu.press('Enter');
  await expect(reader.button('More time')).toBeFocused();
  await reader.button('Reset the lab').tap();
  const question = page.getByRole('dialog', { name: 'Reset the lab?' });
  await question.getByRole('button', { name: 'Cancel' }).tap();
  await expect(menu).toBeFocused();
  await menu.tap();
  await reader.button('End the lab').tap();
  await page.getByRole('dialog', { name: 'End the lab?' }).getByRole('button', { name: 'End it' }).tap();
  await reader.phaseIs('ended');
});

test('the terminal shows that there are hidden columns, which are one press away', async ({ reader, server, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await reader.open(server.url);
  await reader.button('Open').tap();
  await reader.button('Start the lab').tap();
  await reader.seesPrompt();
  const box = page.locator('.lab-terminal:not([hidden]) .lab-xterm-box');
  const scrolled = () => box.locator('.lab-xterm').evaluate((place) => place.scrollLeft);
  await expect(box).toHaveAttribute('data-more-right');
  await expect(box).not.toHaveAttribute('data-more-left');
  const right = reader.button('Scroll the terminal to the right');
  await right.tap();
  await expect.poll(scrolled).toBeGreaterThan(100);
  await expect(box).toHaveAttribute('data-more-left');
  const button = box.getByRole('button');
  await button.focus();
  await expect(async () => {
    await page.keyboard.press('Enter');
    await expect(reader.button('Scroll the terminal back to the left')).toBeFocused({ timeout: 500 });
  }).toPass();
  await expect(box).not.toHaveAttribute('data-more-right');
  await page.keyboard.press('Enter');
  await expect.poll(scrolled).toBe(0);
});

test('offers keys that a phone lacks', async ({ reader, server, page }) => {
  await reader.open(server.url);
  await reader.button('Open').tap();
  await reader.button('Start the lab').tap();
  await reader.seesPrompt();
  await reader.types('sleep 600');
  await reader.terminal.locator('textarea').focus();
  await reader.button('Ctrl').tap();
  await page.keyboard.type('c');
  await reader.sees(/\^C/);
  await reader.types('echo up-$((1))');
  await reader.sees(/^up-1$/m);
  await reader.button('Up').tap();
  await page.keyboard.press('Enter');
  await expect.poll(async () => (await reader.screen()).match(/^up-1$/gm)?.length).toBe(2);
  await reader.types('echo tab-$((1)) > ~/unique-name');
  await page.keyboard.type('cat ~/uniq');
  await reader.button('Tab').tap();
  await page.keyboard.press('Enter');
  await reader.sees(/^tab-1$/m);
});

test('the header says what a machine that boots is doing, and the line of tabs that it goes on', async ({
  reader,
  server,
  page,
}) => {
  const views = await MachineViews.on(page, { window: reading([4]) });
  await reader.open(server.url, machinePath);
  await reader.button('Open').tap();
  await reader.button('Start the lab').tap();
  await reader.seesPrompt();
  const header = reader.panel.locator('.lab-header');
  const word = header.locator('.lab-word:visible');
  await expect(word).toHaveText('Ready');
  views.become({ phase: 'ready', goesDown: true });
  await expect(word).toHaveText('Shutting down');
  const boot = [{ phase: 'firmware', durationMs: 61_000 } as const];
  views.become({ phase: 'boot-loader', since: Date.now(), boot });
  await expect(word).toHaveText(/^Boot loader, 1 min \d+ s$/);
  views.become({ phase: 'unlock', since: Date.now(), boot, window: reading([4]) });
  await expect(word).toHaveText('Waiting to be unlocked');
  for (const button of await header.getByRole('button').all()) await expect(button).toBeInViewport({ ratio: 1 });
  await expect(word).toBeInViewport({ ratio: 1 });
  expect((await header.boundingBox())?.height).toBeLessThan(60);
  const tabs = reader.panel.getByRole('tablist');
  await expect(tabs).toHaveAttribute('data-more-right');
  await page.screenshot({ path: 'test-results/narrow-boot.png' });
  await page.getByRole('tab', { name: 'Machine' }).click();
  await expect(page.getByRole('tab', { name: 'Machine' })).toBeInViewport({ ratio: 0.99 });
  await expect(tabs).toHaveAttribute('data-more-left');
  await reader.button('Maximise').tap();
  await page.screenshot({ path: 'test-results/narrow-machine.png' });
  await expect(page.locator('.machine-read')).toContainText('console=ttyS0');
  const wide = await page
    .locator('.machine-tab')
    .evaluate(
      (place) =>
        [...place.querySelectorAll('.machine-read *')].filter((one) => one.getBoundingClientRect().right > innerWidth)
          .length,
    );
  expect(wide).toBe(0);
  await reader.button('Make smaller').tap();
  await reader.button('Fold').tap();
  await expect(word).toHaveText('Waiting to be unlocked');
});

test('the screen’s hint about keys is not shown to those who have none', async ({ reader, server, page }) => {
  await reader.open(server.url, machinePath);
  await reader.button('Open').tap();
  await reader.button('Start the lab').tap();
  await reader.seesPrompt();
  await page.getByRole('tab', { name: 'Screen' }).click();
  await expect(reader.button('Send Ctrl Alt Del')).toBeVisible();
  await expect(page.getByText('Keys, including Tab, go to the machine')).toBeHidden();
});
