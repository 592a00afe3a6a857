// The window of a virtual machine: its buttons, with the real server and the echo engine's machine; and what it shows in
// states that this machine never has, which a substitute supplies.
import { AxeBuilder } from '@axe-core/playwright';
import { machinePath } from './support/fixture-site.ts';
import { MachineViews, reading } from './support/machine-views.ts';
import { expect, test } from './support/test.ts';

test('power: off, on again, and a question where work may be lost', async ({ reader, server, page }) => {
  await reader.startLab(server.url, machinePath);
  const window = page.locator('.machine-window');
  await expect(window).toHaveAttribute('data-phase', 'ready');
  await expect(window.getByRole('button', { name: 'Start', exact: true })).toBeDisabled();
  await window.getByRole('button', { name: 'Pull the plug' }).click();
  const dialog = page.getByRole('dialog', { name: 'Pull the plug?' });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(window).toHaveAttribute('data-phase', 'ready');
  await window.getByRole('button', { name: 'Pull the plug' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Pull the plug' }).click();
  await expect(window).toHaveAttribute('data-phase', 'off');
  await window.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(window).toHaveAttribute('data-phase', 'ready');
});

test('tampering is described in words and can be undone', async ({ reader, server, page }) => {
  await reader.startLab(server.url, machinePath);
  const window = page.locator('.machine-window');
  await window.getByRole('button', { name: 'Tamper', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Tamper' });
  await expect(dialog).toContainText('Nothing has been tampered with.');
  await dialog.getByRole('button', { name: 'Do it: Replace the boot loader' }).click();
  await expect(window).toContainText('Tampered: boot loader');
  await window.getByRole('button', { name: 'Tamper', exact: true }).click();
  await expect(dialog).toContainText('In the machine now');
  await dialog.getByRole('button', { name: 'Undo all' }).click();
  await expect(window).not.toContainText('Tampered:');
});

test('the window can be read again, folded and shown again', async ({ reader, server, page }) => {
  await reader.startLab(server.url, machinePath);
  const window = page.locator('.machine-window');
  await expect(window).toContainText('Not read yet');
  await window.getByRole('button', { name: 'Read again' }).click();
  await expect(window).toContainText(/Read at \d/);
  await expect(window.locator('[data-secure-boot]')).toHaveText('on');
  const size = (await reader.panel.locator('.lab-size').textContent()) ?? '';
  await window.getByRole('button', { name: 'Hide the machine' }).click();
  await expect(window.locator('.machine-boot')).toBeHidden();
  await expect(reader.panel.locator('.lab-size')).not.toHaveText(size);
  await window.getByRole('button', { name: 'Show the machine' }).click();
  await expect(window.locator('.machine-boot')).toBeVisible();
});

test('the serial console is labelled as such and stays; another terminal is a login', async ({
  reader,
  server,
  page,
}) => {
  await reader.startLab(server.url, machinePath);
  const serial = page.getByRole('tab', { name: 'desktop, serial console' });
  await expect(serial).toBeVisible();
  await reader.panel.getByRole('button', { name: 'New login on desktop, over the network' }).click();
  await expect(page.getByRole('tab', { name: /^desktop \d, login$/ })).toHaveAttribute('aria-selected', 'true');
  await reader.panel.getByRole('button', { name: /^Close: / }).click();
  await expect(page.getByRole('tab', { name: /^desktop \d, login$/ })).toHaveCount(0);
  await expect(reader.panel.getByRole('button', { name: /^Close: / })).toBeHidden();
  await serial.focus();
  await page.keyboard.press('Delete');
  await expect(serial).toBeVisible();
});

test('blocks of keys answer a block’s question; actions in the text act and say so', async ({
  reader,
  server,
  page,
}) => {
  await reader.startLab(server.url, machinePath);
  await reader.blockSays(
    'answer',
    /^Typed as keys, with Enter, when the console asks for it\. Done when the console shows/,
  );
  await reader.runs('answer');
  await reader.blockSays('answer', /^Not typed: nothing in the terminal asks for this answer/);
  await expect(reader.block('answer')).toHaveAttribute('data-run-state', 'busy');
  await reader.runs('ask');
  await reader.blockSays('ask', /^Done, the console shows “Please enter”/);
  await expect(reader.block('answer').locator('[data-run]')).toHaveText('Type it');
  await reader.runs('answer');
  await reader.blockSays('answer', /^Done, the console shows “got <correct horse>”/);
  const action = (id: string) => page.locator(`lab-action[data-block$="#${id}"]`);
  await action('tamper-other-machine').locator('[data-run]').click();
  await expect(action('tamper-other-machine').locator('[data-state]')).toHaveText(/^Done, /);
  await action('power-unplug').locator('[data-run]').click();
  await expect(page.locator('.machine-window')).toHaveAttribute('data-phase', 'off');
  await expect(action('power-unplug').locator('[data-state]')).toHaveText(/^Done, /);
  await action('power-start').locator('[data-run]').click();
  await expect(action('power-start').locator('[data-state]')).toHaveText(/^Done, the console shows “echo:”/);
  await action('power-reset').locator('[data-run]').click();
  await expect(action('power-reset').locator('[data-state]')).toHaveText(/did not show “never seen” within/);
  await page.reload();
  await expect(action('tamper-other-machine').locator('[data-state]')).toHaveText(
    /^Done: this change is in the machine/,
  );
});

test('PCRs: which ones have changed, and the whole value by keyboard', async ({ reader, server, page }) => {
  await MachineViews.on(page, { window: reading([4, 7]) });
  await reader.startLab(server.url, machinePath);
  const window = page.locator('.machine-window');
  await expect(window).toContainText('4, 7 changed since the previous boot');
  await expect(window.locator('.pcr-list .changed')).toHaveCount(2);
  await window.getByRole('option').first().focus();
  for (const _ of [1, 2, 3, 4]) await page.keyboard.press('ArrowRight');
  await expect(window.locator('.pcr-whole')).toHaveText(
    /^PCR 4, boot loader, changed since the previous boot: [0-9a-f]{64}$/,
  );
  await expect(window.locator('.machine-disks')).toContainText('slot 2: TPM2, PCR 7, with PIN');
});

test('each trouble has a sentence and an action', async ({ reader, server, page }) => {
  const views = await MachineViews.on(page, {});
  await reader.startLab(server.url, machinePath);
  const trouble = page.locator('.machine-window .lab-strip');
  await expect(trouble).toBeHidden();
  for (const [name, action] of [
    ['panic', 'Hard reset'],
    ['stuck', 'Show the serial console'],
    ['emergency', 'Show the serial console'],
    ['no-boot', 'Hard reset'],
    ['disk-full', 'Reset the lab'],
    ['tpm-lost', 'Switch it off and on'],
    ['qemu-lost', 'Switch it off and on'],
  ] as const) {
    views.become({ trouble: name });
    await expect(trouble.getByRole('button', { name: action })).toBeVisible();
    await expect(trouble.locator('p')).toHaveText(/^The .+\.$/);
  }
});

test('a boot shows its phases with seconds, and what they usually take here', async ({ reader, server, page }) => {
  const views = await MachineViews.on(page, {});
  await reader.startLab(server.url, machinePath);
  const window = page.locator('.machine-window');
  const rows = window.getByRole('list', { name: 'The boot, phase by phase' }).getByRole('listitem');
  await expect(rows).toHaveCount(0);
  const boot = [{ phase: 'firmware', durationMs: 3_400 } as const];
  views.become({ phase: 'kernel', since: Date.now(), boot });
  await expect(rows).toHaveText([/^Firmware 3 s$/, /^Kernel \d+ s$/, 'Initramfs ', 'System startup ']);
  await expect(window).toContainText('No boot has been measured on this host yet');
  const usualBoot = { phases: { firmware: 2_000, kernel: 5_000, system: 31_000 }, totalMs: 38_000 };
  views.become({ phase: 'kernel', since: Date.now(), boot, usualBoot });
  await expect(rows).toHaveText([
    /^Firmware 3 s \(usually 2 s\)$/,
    /^Kernel \d+ s \(usually 5 s\)$/,
    'System startup usually 31 s',
  ]);
  await expect(window.getByRole('status').first()).toHaveText('desktop: Kernel');
  views.become({ phase: 'ready', since: Date.now(), boot, usualBoot });
  await expect(rows).toHaveCount(0);
  await expect(window.locator('.machine-head')).toContainText('booted in 3.4 s');
});

test('a block on a machine that is locked, booting or off explains the machine’s state', async ({
  reader,
  server,
  page,
}) => {
  const views = await MachineViews.on(page, {});
  await reader.startLab(server.url, machinePath);
  for (const [part, words] of [
    [{ phase: 'unlock' }, /^Not run: desktop is waiting for its passphrase or PIN\./],
    [{ phase: 'unlock', wantsTouch: true }, /^Not run: desktop is waiting for a touch of its security key\./],
    [{ phase: 'kernel' }, /^Not run: desktop is still booting \(Kernel\)\./],
    [{ power: 'off' }, /^Not run: desktop is switched off\./],
  ] as const) {
    views.become(part);
    await reader.runs('hello');
    await reader.blockSays('hello', words);
  }
  views.become({});
  await reader.runs('hello');
  await reader.blockSays('hello', /^Done/);
});

test('touching the key is offered while it waits for a touch', async ({ reader, server, page }) => {
  await reader.startLab(server.url, machinePath);
  const touch = page.getByRole('button', { name: 'Touch the key' });
  await expect(touch).toBeDisabled();
  // The echo engine's key waits while this file is there.
  await reader.types('touch ~/wants-touch');
  await page.getByRole('button', { name: 'Read again' }).click();
  await expect(touch).toBeEnabled();
  await touch.click();
  await expect(touch).toBeDisabled();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('axe finds nothing in the window, its dialog and its tabs', async ({ reader, server, page }) => {
      const views = await MachineViews.on(page, { window: reading([4]), tampered: ['boot-loader'] });
      await reader.startLab(server.url, machinePath);
      await expect(page.locator('.machine-window')).toContainText('Secure Boot');
      const findings = async () => {
        const { violations } = await new AxeBuilder({ page }).include('lab-panel').analyze();
        return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
      };
      expect(await findings(), 'open').toEqual([]);
      await page.getByRole('button', { name: 'Tamper', exact: true }).click();
      expect(await findings(), 'tamper').toEqual([]);
      await page.keyboard.press('Escape');
      views.become({ phase: 'unlock', trouble: 'stuck', wantsTouch: true, window: reading() });
      await expect(page.locator('.machine-window')).toContainText('Waiting to be unlocked');
      expect(await findings(), 'unlock').toEqual([]);
      await page.setViewportSize({ width: 390, height: 844 });
      await reader.button('Open').click();
      await page.getByRole('tab', { name: 'Machine' }).click();
      expect(await findings(), 'narrow').toEqual([]);
    });
  });
}
