// Every page at four widths, with and without the lab beside it: nothing is cut off, words are whole, and whatever scrolls can be reached.
import { expect, test } from './support/test.ts';
import { builtPages } from './support/built-pages.ts';
import { cutOff, namelessScrollers, tornWords } from './support/page-faults.ts';

const sizes = [
  [1280, 720],
  [1440, 900],
  [1920, 1080],
  [390, 844],
] as const;

test('on no page anything is cut off or a word split', async ({ page, server }) => {
  test.setTimeout(240_000);
  const found: Record<string, string[]> = {};
  for (const address of builtPages()) {
    await page.goto(server.url + address);
    await page.evaluate(() => document.fonts.ready);
    await page.evaluate(() =>
      document.querySelectorAll<HTMLDetailsElement>('.main-pane details').forEach((fold) => (fold.open = true)),
    );
    for (const [width, height] of sizes) {
      await page.setViewportSize({ width, height });
      const faults = [...(await page.evaluate(cutOff)), ...(await page.evaluate(tornWords))];
      // A script gives code blocks their place in the tab order once the page is idle.
      await expect.poll(() => page.evaluate(namelessScrollers), { message: `${address} at ${width} px` }).toEqual([]);
      if (faults.length > 0) found[`${address} at ${width} px`] = faults;
    }
  }
  expect(found).toEqual({});
});

test('a wide table can be scrolled by keyboard, and its first column stays', async ({ page, server }) => {
  await page.goto(`${server.url}/encrypt/choosing-for-a-fleet/`);
  const box = page.getByRole('region', { name: 'Table: What survives what' });
  const first = box.getByRole('cell', { name: 'The board is replaced' });
  await box.focus();
  const before = await first.boundingBox();
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => box.evaluate((element) => element.scrollLeft)).toBeGreaterThan(0);
  expect((await first.boundingBox())?.x).toBe(before?.x);
});

test('the first letter of what is typed as keys is inside its box, in line with the label', async ({
  page,
  server,
}) => {
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 844 });
    await page.goto(`${server.url}/encrypt/a-passphrase/`);
    const left = (selector: string) =>
      page
        .locator('lab-run[data-keys]')
        .first()
        .evaluate((block, inside) => {
          const range = document.createRange();
          range.selectNodeContents(block.querySelector(inside) ?? block);
          return range.getClientRects()[0]?.left ?? 0;
        }, selector);
    expect(Math.abs((await left('.ec-line .code')) - (await left('.fence-label'))), `${width} px`).toBeLessThan(3);
  }
});
