// Runs axe on lessons with the panel open, closed and in its various states, in both themes, and on every other page.
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { builtPages } from './support/built-pages.ts';
import { expect, test } from './support/test.ts';

async function findings(page: Page, rules?: string[]): Promise<string[]> {
  const axe = new AxeBuilder({ page });
  if (rules !== undefined) axe.withRules(rules);
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary ?? ''}`),
  );
}

test('the name of each button in a lesson’s text begins with the visible words and says what it is for', async ({
  reader,
  server,
  page,
}) => {
  const faults: Record<string, string[]> = {};
  for (const address of builtPages().filter((one) => /^\/(build|encrypt)\//.test(one))) {
    await page.goto(server.url + address);
    const found = await page.evaluate(() =>
      [...document.querySelectorAll('lab-page button, lab-page .fold > summary')].flatMap((button) => {
        const words = (button.textContent ?? '').trim();
        const name = button.getAttribute('aria-label') ?? '';
        return name.startsWith(words) &&
          /^(, meant to fail)?: /.test(name.slice(words.length)) &&
          name.length > words.length + 2
          ? []
          : [`${words} is called ${name}`];
      }),
    );
    if (found.length > 0) faults[address] = found;
  }
  expect(faults).toEqual({});
  expect(reader.page).toBe(page);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('nothing found on any page', async ({ page, server }) => {
      test.setTimeout(180_000);
      const found: Record<string, string[]> = {};
      for (const address of builtPages()) {
        await page.goto(server.url + address);
        await page.evaluate(() => document.fonts.ready);
        // The theme changes only colours: everything else was checked in the light one.
        const here = await findings(page, colorScheme === 'dark' ? ['color-contrast'] : undefined);
        if (here.length > 0) found[address] = here;
      }
      expect(found).toEqual({});
    });

    test('nothing found with the panel open, in any of its states', async ({ reader, server, page }) => {
      await reader.open(server.url);
      expect(await findings(page), 'not started').toEqual([]);
      await reader.button('Start the lab').click();
      await reader.seesPrompt();
      await reader.check.getByRole('button', { name: 'Check' }).click();
      await expect(reader.check.locator('[data-check-state]')).toHaveText('Not yet');
      for (const id of ['note', 'surprise', 'false']) {
        await reader.runs(id);
        await reader.blockSays(id, /exit status/);
      }
      await reader.runs('slow');
      await reader.blockSays('slow', /^Running/);
      expect(await findings(page), 'open').toEqual([]);
      await reader.button('Find').click();
      expect(await findings(page), 'searching').toEqual([]);
      await page.keyboard.press('Escape');
      await reader.button('Settings').click();
      expect(await findings(page), 'settings').toEqual([]);
      await page.keyboard.press('Escape');
      await reader.button('Maximise').click();
      expect(await findings(page), 'maximised').toEqual([]);
      await reader.button('Make smaller').click();
      await reader.button('Fold').click();
      expect(await findings(page), 'folded').toEqual([]);
    });
  });
}
