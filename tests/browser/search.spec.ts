// The search finds the words of a lesson and leads to them; before it is opened, nothing of it is loaded.
import type { Page } from '@playwright/test';
import { expect, test } from './support/test.ts';

const lesson = '/build/your-first-sandbox/';

test('finds a lesson by its words and opens the hit', async ({ reader, server, page }) => {
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(server.url + lesson);
  const words = await wordsOf(page);
  const title = await page.locator('h1').textContent();
  await page.goto(`${server.url}/project/safety/`);
  expect(requests.filter((url) => /pagefind|ui-core/.test(url))).toEqual([]);
  await page.locator('[data-search-open]').click();
  const dialog = page.getByRole('dialog', { name: 'Search' });
  await dialog.getByRole('textbox').fill(words);
  const hit = dialog.locator(`a[href^="${lesson}"]`).first();
  await expect(hit).toHaveText(title ?? '');
  await page.screenshot({ path: 'test-results/search-results.png' });
  await hit.click();
  await expect(page).toHaveURL((url) => url.pathname === lesson);
  await expect(page.locator('h1')).toHaveText(title ?? '');
  await expect(dialog).toBeHidden();
  expect(reader.page).toBe(page);
});

test('says when nothing is found, and can be used only by keyboard', async ({ reader, server, page }) => {
  await page.goto(`${server.url}/`);
  await page.locator('[data-search-open]').press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Search' });
  await expect(dialog.getByRole('textbox')).toBeFocused();
  await page.keyboard.type('χψω');
  await expect(dialog).toContainText('No results for χψω');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('sandbox');
  const hit = dialog.locator('a[href]').first();
  await expect(hit).toBeVisible();
  const target = await hit.evaluate((link: HTMLAnchorElement) => link.pathname);
  await expect(async () => {
    await page.keyboard.press('Tab');
    await expect(hit).toBeFocused({ timeout: 500 });
  }).toPass();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL((url) => url.pathname === target);
  expect(reader.page).toBe(page);
});

test('the overview of the lessons is found with a sentence, not with its list', async ({ reader, server, page }) => {
  await page.goto(`${server.url}/`);
  await page.locator('[data-search-open]').click();
  const dialog = page.getByRole('dialog', { name: 'Search' });
  await dialog.getByRole('textbox').fill('ring shows how far you are');
  const hit = dialog.locator('.pagefind-ui__result', { has: page.locator('a[href="/lessons/"]') });
  await expect(hit.locator('.pagefind-ui__result-excerpt').first()).toContainText('A ring shows how far you are');
  await expect(hit).not.toContainText(/not started|About \d+ minutes|Verified/);
  expect(reader.page).toBe(page);
});

/** The longer words of the lesson's first sentences, so that rewriting the lesson does not break the test. */
async function wordsOf(page: Page): Promise<string> {
  const text = (await page.locator('lab-page p').first().textContent()) ?? '';
  return [...text.matchAll(/\p{L}{5,}/gu)].slice(0, 4).join(' ');
}
