// Makes pictures of the panel in its states, in test-results/, for people to look at. Fails only when a state is not reached.
import { expect, test } from './support/test.ts';

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('a lesson with its lab', async ({ reader, server, page }) => {
      const picture = (name: string) => page.screenshot({ path: `test-results/panel-${name}-${colorScheme}.png` });
      await reader.open(server.url);
      await picture('not-started');
      await reader.button('Start the lab').click();
      await reader.seesPrompt();
      await reader.check.getByRole('button', { name: 'Check' }).click();
      await expect(reader.check.locator('[data-check-state]')).toHaveText('Not yet');
      await reader.runs('surprise');
      await reader.blockSays('surprise', /^Failed/);
      await reader.runs('note');
      await reader.blockSays('note', /^Done/);
      await reader.types('ls --color=always -l / | head -12');
      await reader.sees(/usr/);
      await reader.runs('slow');
      await reader.blockSays('slow', /^Running/);
      await reader.block('touch').scrollIntoViewIfNeeded();
      await picture('wide');
      await reader.button('Settings').click();
      await picture('settings');
      await page.keyboard.press('Escape');
      await reader.button('Find').click();
      await reader.panel.getByRole('searchbox').fill('usr');
      const size = (await reader.panel.locator('.lab-size').textContent()) ?? '';
      await reader.button('Maximise').click();
      await expect(reader.panel.locator('.lab-size')).not.toHaveText(size);
      await expect(reader.panel.locator('.lab-size')).toHaveText(/^1\d\d × /);
      await picture('maximised');
      await reader.button('Make smaller').click();
      await reader.button('Fold').click();
      await picture('folded');
    });
  });
}
