// Makes pictures of the panel with a virtual machine, in test-results/, for people to look at. The machine's state is simulated.
import { machinePath, nextPath } from './support/fixture-site.ts';
import { MachineViews, reading } from './support/machine-views.ts';
import { expect, test } from './support/test.ts';

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('a lesson with a virtual machine', async ({ reader, server, page }) => {
      const picture = (name: string) => page.screenshot({ path: `test-results/machine-${name}-${colorScheme}.png` });
      const views = await MachineViews.on(page, { phase: 'ready', window: reading([4, 7]), tampered: ['boot-loader'] });
      await reader.open(server.url, nextPath);
      await picture('not-started');
      await reader.startLab(server.url, machinePath);
      const window = page.locator('.machine-window');
      await expect(window).toContainText('Secure Boot');
      await picture('ready');
      await window.getByRole('option', { name: /^PCR 7,/ }).hover();
      await picture('pcr');
      await window.getByRole('button', { name: 'Tamper', exact: true }).click();
      await picture('tamper');
      await page.keyboard.press('Escape');
      await reader.open(server.url, nextPath);
      await reader.phaseIs('ready');
      await reader.runs('ask');
      await reader.blockSays('ask', /^Done/);
      views.become({ phase: 'unlock', since: Date.now(), window: reading([4]), wantsTouch: true });
      await expect(window).toContainText('Waiting to be unlocked');
      await page.locator('lab-action').first().scrollIntoViewIfNeeded();
      await picture('unlock');
      views.become({
        power: 'on',
        phase: 'firmware',
        trouble: 'no-boot',
        tampered: ['boot-loader'],
        window: reading([4]),
      });
      await expect(window).toContainText('The firmware found nothing');
      await picture('no-boot');
      await page.setViewportSize({ width: 390, height: 844 });
      await page.getByRole('tab', { name: 'Machine' }).click();
      await reader.button('Open').click();
      await picture('narrow');
    });
  });
}
