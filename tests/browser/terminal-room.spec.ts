// Room in the terminal: 80 columns beside the text, sideways scrolling where there is less room, correct colours and characters.
import type { LabReader } from './support/lab-reader.ts';
import { unreadableCells } from './support/cell-contrast.ts';
import { expect, test } from './support/test.ts';

const columnsOf = async (reader: LabReader) =>
  Number(((await reader.panel.locator('.lab-size').textContent()) ?? '').split(' × ')[0]);
/** How many columns are visible in full without scrolling. */
const columnsInSight = (reader: LabReader) =>
  reader.terminal.evaluate((terminal, columns) => {
    const [place, screen] = [terminal.parentElement, terminal.querySelector('.xterm-screen')];
    if (place === null || screen === null) return 0;
    const { left, width } = screen.getBoundingClientRect();
    return Math.floor((place.getBoundingClientRect().left + place.clientWidth - left + 0.5) / (width / columns));
  }, 80);

for (const [width, height] of [
  [1280, 720],
  [1440, 900],
  [1920, 1080],
] as const) {
  test(`at ${width} px a terminal has 80 columns and 24 lines, all of them visible`, async ({
    reader,
    server,
    page,
  }) => {
    await page.setViewportSize({ width, height });
    await reader.startLab(server.url);
    await expect.poll(() => columnsOf(reader)).toBeGreaterThanOrEqual(80);
    const lines = ((await reader.panel.locator('.lab-size').textContent()) ?? '').split(' × ')[1];
    expect(Number(lines)).toBeGreaterThanOrEqual(24);
    expect(await columnsInSight(reader)).toBeGreaterThanOrEqual(80);
    await reader.types('clear; stty size');
    await reader.sees(/^\d+ (8\d|9\d|\d{3})$/m);
  });
}

test('the navigation folds away for an open lab, is available under Menu, and comes back', async ({
  reader,
  server,
  page,
}) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  await reader.open(server.url);
  const link = page.locator('.frame-navigation').getByRole('link', { name: 'Ship it' });
  await expect(link).toBeVisible();
  await reader.button('Start the lab').click();
  await reader.seesPrompt();
  await expect(link).toBeHidden();
  await page.getByRole('button', { name: 'Menu' }).click();
  await expect(link).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(link).toBeHidden();
  await reader.button('Fold').click();
  await expect(link).toBeVisible();
  await expect(page.getByRole('button', { name: 'Menu' })).toBeHidden();
});

test('the block that was run stays where it is when the lab opens beside it', async ({ reader, server, page }) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  await reader.open(server.url);
  const run = reader.block('easy').locator('[data-run]');
  await run.scrollIntoViewIfNeeded();
  const before = await run.boundingBox();
  await run.click();
  await reader.blockSays('easy', /^Done/);
  expect(Math.abs(((await run.boundingBox())?.y ?? 0) - (before?.y ?? 0))).toBeLessThan(60);
});

test('in a narrow place the terminal keeps 80 columns and scrolls to the cursor', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  const separator = reader.panel.getByRole('separator', { name: 'Width of the lab' });
  await separator.focus();
  await page.keyboard.press('End');
  await expect.poll(() => columnsInSight(reader)).toBeLessThan(70);
  expect(await columnsOf(reader)).toBe(80);
  const place = page.locator('.lab-terminal:not([hidden]) .lab-xterm');
  const scrolled = () => place.evaluate((element) => element.scrollLeft);
  await reader.types('');
  await page.keyboard.type(`echo ${'x'.repeat(62)}`);
  await expect.poll(scrolled).toBeGreaterThan(0);
  await page.keyboard.press('Enter');
  await reader.sees(new RegExp(`^x{62}$`, 'm'));
  await expect.poll(scrolled).toBe(0);
  // The scroll bar does not cover the last line.
  const isWhole = await reader.terminal.evaluate(
    (terminal) =>
      (terminal.querySelector('.xterm-screen')?.getBoundingClientRect().bottom ?? 0) <=
      (terminal.parentElement?.getBoundingClientRect().top ?? 0) + (terminal.parentElement?.clientHeight ?? 0),
  );
  expect(isWhole).toBe(true);
});

test('on a phone the terminal scrolls sideways instead of breaking lines', async ({ reader, server, page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await reader.open(server.url);
  await reader.button('Open').click();
  await reader.button('Start the lab').click();
  await reader.seesPrompt();
  await reader.types('clear; stty size');
  await reader.sees(/^\d+ 80$/m);
});

test('the cursor is visible before the first click', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await page.reload();
  await reader.seesPrompt();
  expect(await reader.focusIsInTerminal()).toBe(false);
  await expect(page.locator('.xterm-cursor')).toBeVisible();
});

test('Ctrl V pastes, and the footer says so', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await page.evaluate(() => navigator.clipboard.writeText('echo pasted-$((3))'));
  await reader.terminal.locator('textarea').focus();
  await page.keyboard.press('Control+v');
  await reader.sees(/echo pasted-\$\(\(3\)\)$/);
  await page.keyboard.press('Enter');
  await reader.sees(/^pasted-3$/m);
  await expect(reader.panel.locator('.lab-footer')).toContainText('Paste: Ctrl V');
});

test('the font for code has no ligatures anywhere', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await reader.types("echo '-->'");
  await reader.sees(/^-->$/m);
  await reader.button('Find').click();
  const joined = () =>
    [...document.querySelectorAll('body, body *')]
      .filter((element) => element.checkVisibility() && element.localName !== 'style')
      .map((element) => [element, getComputedStyle(element)] as const)
      .filter(([, style]) => style.fontFamily.startsWith('"JetBrains') && style.fontVariantLigatures !== 'none')
      .map(([element]) => `${element.localName}.${element.className}`);
  expect(await page.evaluate(joined)).toEqual([]);
  for (const address of ['/', '/build/ship-it/', '/encrypt/choosing-for-a-fleet/']) {
    await page.goto(server.url + address);
    expect(await page.evaluate(joined), address).toEqual([]);
  }
});

for (const theme of ['Dark', 'Light', 'Match the page'] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`${theme}, page ${colorScheme}`, () => {
      test.use({ colorScheme });

      test('each of the 16 colours is readable on each, and black is the background', async ({
        reader,
        server,
        page,
      }) => {
        await reader.startLab(server.url);
        await reader.button('Settings').click();
        const dialog = page.getByRole('dialog', { name: 'Settings' });
        await dialog.getByLabel('Colours').selectOption(theme);
        await dialog.getByRole('button', { name: 'Close' }).click();
        const line = 'for f in 3{0..7} 9{0..7}; do printf "\\e[$f;${b}mAa"; done; printf "\\e[0m\\n"';
        await reader.types(`bash -c 'clear; for b in 4{0..7} 10{0..7}; do ${line}; done'; echo shown-$((1))`);
        await reader.sees(/^shown-1$/m);
        const { cells, unreadable, ground, black } = await page.evaluate(unreadableCells);
        expect(cells).toBe(256);
        expect(unreadable).toEqual([]);
        expect(black).toBe(ground);
      });
    });
  }
}
