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
  const trouble = page.locator('.machine-window .lab-strip[data-tone="fail"]');
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
  await expect(window).not.toContainText('usually');
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

const longBoot = [
  { phase: 'firmware', durationMs: 754_000 },
  { phase: 'boot-loader', durationMs: 14_000 },
] as const;
const longUsual = { phases: { firmware: 2_000 }, totalMs: 754_000 };

for (const width of [1280, 1366, 1440, 1600, 1920]) {
  test(`at ${width} px the machine’s line fits with its longest words, and is one line`, async ({
    reader,
    server,
    page,
  }) => {
    await page.setViewportSize({ width, height: 720 });
    const views = await MachineViews.on(page, {});
    await reader.startLab(server.url, machinePath);
    const head = page.locator('.machine-head');
    for (const part of [
      { phase: 'unlock' },
      { phase: 'boot-loader', waitsAtMenu: true },
      { phase: 'system' },
      { phase: 'ready', usualBoot: undefined },
    ] as const) {
      views.become({ boot: [...longBoot], usualBoot: longUsual, since: Date.now(), hasSecurityKey: true, ...part });
      const word = {
        unlock: 'Waiting to be unlocked',
        'boot-loader': 'Waiting in the boot menu',
        system: 'System startup',
        ready: 'Ready',
      };
      await expect(head.locator('.lab-word')).toHaveText(word[part.phase]);
      const faults = await head.evaluate((element) => {
        const place = element.getBoundingClientRect();
        // The extras leave out what has no room, but whole; nothing else may.
        const parts = [
          ...element.querySelectorAll(':scope > :not(.machine-extra)'),
          ...element.querySelectorAll('.machine-head-end > *'),
        ];
        const cut = parts.filter((one) => {
          const { left, right, width: own } = one.getBoundingClientRect();
          return (
            own > 1 &&
            (left < place.left || right > Math.min(place.right, innerWidth) || one.scrollWidth > one.clientWidth + 1)
          );
        });
        const extra = element.querySelector('.machine-extra');
        const line = extra?.getBoundingClientRect();
        for (const one of extra?.children ?? []) {
          const { top, right } = one.getBoundingClientRect();
          if (line !== undefined && top < line.bottom - 1 && right > line.right + 1) cut.push(one);
        }
        return { height: place.height, cut: cut.map((one) => one.className) };
      });
      expect(faults.cut, part.phase).toEqual([]);
      expect(faults.height, part.phase).toBeLessThan(48);
    }
    // With a security key there is room for the usual time from here on; it is in the list of phases as well.
    if (width < 1920) return;
    views.become({ boot: [...longBoot], usualBoot: longUsual, since: Date.now(), phase: 'kernel' });
    await expect(head.getByText('usually 12 min 34 s')).toBeInViewport({ ratio: 1 });
  });
}

test('dragged as narrow as it gets, the machine’s line wraps instead of being cut off', async ({
  reader,
  server,
  page,
}) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  await MachineViews.on(page, { phase: 'unlock', boot: [...longBoot], usualBoot: longUsual });
  await reader.open(server.url, machinePath);
  await reader.button('Start the lab').click();
  await reader.phaseIs('ready');
  await reader.panel.getByRole('separator', { name: 'Width of the lab' }).focus();
  await page.keyboard.press('Home');
  await expect(page.getByRole('button', { name: 'Touch the key' })).toBeInViewport({ ratio: 1 });
  await expect(
    page.getByRole('button', { name: 'Hide the machine' }).or(page.getByRole('button', { name: 'Show the machine' })),
  ).toBeInViewport({ ratio: 1 });
});

test('a boot menu that waits says so and leads to the console; a system that goes down is not “Ready”', async ({
  reader,
  server,
  page,
}) => {
  const views = await MachineViews.on(page, {});
  await reader.startLab(server.url, machinePath);
  const window = page.locator('.machine-window');
  await page.getByRole('tab', { name: 'Screen' }).click();
  views.become({ phase: 'boot-loader', waitsAtMenu: true, since: Date.now() });
  await expect(window.locator('.machine-head .lab-word')).toHaveText('Waiting in the boot menu');
  await expect(window).toContainText('press Enter in the serial console');
  await page.screenshot({ path: 'test-results/machine-menu-waits.png' });
  await window.getByRole('button', { name: 'Show the serial console' }).click();
  await expect(page.getByRole('tab', { name: 'desktop, serial console' })).toHaveAttribute('aria-selected', 'true');
  views.become({ phase: 'ready', goesDown: true });
  await expect(window.locator('.machine-head .lab-word')).toHaveText('Shutting down');
  await expect(window.getByText('press Enter in the serial console')).toBeHidden();
});

test('a machine that is off: its console says so and stays readable; hidden stays hidden after a visit to a narrow window', async ({
  reader,
  server,
  page,
}) => {
  await reader.startLab(server.url, machinePath);
  await reader.types('echo kept-$((1))');
  await reader.sees(/^kept-1$/m);
  await page.getByRole('button', { name: 'Pull the plug' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Pull the plug' }).click();
  const off = page.getByText('The machine is off. Below is what its console showed last.');
  await expect(off).toBeVisible();
  await page.screenshot({ path: 'test-results/machine-off.png' });
  expect(await reader.screen()).toContain('kept-1');
  const { violations } = await new AxeBuilder({ page }).include('.lab-terminal').analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(off).toBeHidden();
  await page.getByRole('button', { name: 'Hide the machine' }).click();
  await page.setViewportSize({ width: 390, height: 844 });
  await page.setViewportSize({ width: 1440, height: 900 });
  await expect(page.getByRole('button', { name: 'Show the machine' })).toBeVisible();
  await expect(page.locator('.machine-boot')).toBeHidden();
});

test('opened in a low window, what was read from the machine has a third of the height and fades where it goes on', async ({
  reader,
  server,
  page,
}) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  await MachineViews.on(page, { window: reading([4, 7]) });
  await reader.startLab(server.url, machinePath);
  await page.getByRole('button', { name: 'Show the machine' }).click();
  const facts = page.locator('.machine-facts');
  await expect(facts).toHaveAttribute('data-more-below');
  expect((await facts.boundingBox())?.height).toBeGreaterThan(200);
  await expect(facts).toContainText(/Read at ([01]\d|2[0-3]):\d\d:\d\d$|Read at ([01]\d|2[0-3]):\d\d:\d\d\D/);
  await page.screenshot({ path: 'test-results/machine-facts-720.png' });
  await facts.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await expect(facts).not.toHaveAttribute('data-more-below');
  await expect(facts).toHaveAttribute('data-more-above');
});

test('the lab can be ended from the panel’s first line', async ({ reader, server, page }) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  await reader.startLab(server.url, machinePath);
  const end = reader.panel.locator('.lab-header').getByRole('button', { name: 'End', exact: true });
  await expect(end).toBeInViewport({ ratio: 1 });
  expect((await reader.panel.locator('.lab-header').boundingBox())?.height).toBeLessThan(56);
  await page.screenshot({ path: 'test-results/panel-header-1280.png' });
  await end.click();
  await page.getByRole('dialog', { name: 'End the lab?' }).getByRole('button', { name: 'End it' }).click();
  await reader.phaseIs('ended');
});

test('with light terminal colours the selected tab is told from the others', async ({ reader, server, page }) => {
  await reader.startLab(server.url, machinePath);
  await reader.button('Settings').click();
  await page.getByLabel('Colours of the terminal').selectOption({ label: 'Light' });
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  const look = (selected: boolean) =>
    page.getByRole('tab', { selected }).evaluate((tab) => {
      const { boxShadow, borderBottom } = getComputedStyle(tab);
      return `${boxShadow} ${borderBottom}`;
    });
  await expect(page.getByRole('tab', { selected: true })).toHaveCSS('background-color', 'rgb(255, 255, 255)');
  expect(await look(true)).not.toBe(await look(false));
  await page.screenshot({ path: 'test-results/panel-light-terminal.png' });
});
