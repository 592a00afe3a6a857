// What *Tamper* does to a real machine with Secure Boot, TPM and an encrypted disk, and what PCR 7 notices of it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { VmView } from '../../server/protocol/messages.ts';
import { bootTimeoutMs, openDesktops, type Desktops } from '../support/encrypted-desktop.ts';

let desktops: Desktops;
beforeAll(async () => {
  desktops = await openDesktops();
});
afterAll(() => desktops[Symbol.asyncDispose]());

const changed = ({ window }: VmView) => window?.pcrs.filter((pcr) => pcr.changed).map(({ index }) => index);

/** A boot that ends elsewhere fails at once. `stuck` is no end: on a crowded host a boot is silent for minutes, and goes on. */
async function bootsTo(id: string, phase: 'ready' | 'unlock'): Promise<void> {
  const hasEnded = (view: VmView) =>
    view.phase === 'ready' || view.phase === 'unlock' || (view.trouble !== undefined && view.trouble !== 'stuck');
  await desktops.until(id, (view) => expect(hasEnded(view)).toBe(true));
  expect(desktops.view(id)).toMatchObject({ phase });
}

test(
  'a disk that the TPM opens for PCR 7: what does not stop it, what does, and the way back',
  async () => {
    const { engine, start, sh, until, view } = desktops;
    const id = await start();
    await engine.readWindow(id, 'desktop');
    expect(view(id).window).toMatchObject({ secureBoot: 'on' });
    const enroll = `dev=$(blkid -t TYPE=crypto_LUKS -o device | head -n 1)
      PASSWORD='correct horse' systemd-cryptenroll --tpm2-device=auto --tpm2-pcrs=7 "$dev" && sync`;
    expect(await sh(id, enroll)).toMatchObject({ exitCode: 0 });

    // Another firmware and another boot menu: PCR 7 is the same, so the TPM opens the disk for whoever changed them.
    await engine.tamper(id, 'desktop', 'firmware');
    await engine.tamper(id, 'desktop', 'command-line');
    await bootsTo(id, 'ready');
    await readWindow(id);
    expect(view(id).tampered).toEqual(['firmware', 'command-line']);
    expect(view(id).window).toMatchObject({ secureBoot: 'on' });
    expect(view(id).window?.kernelArguments).toContain('systemd.debug_shell');
    expect(changed(view(id))).toEqual(expect.arrayContaining([0, 8, 9]));
    expect(changed(view(id))).not.toContain(7);

    // A boot loader that nobody signed does not even start.
    await engine.tamper(id, 'desktop', 'boot-loader');
    await until(id, ({ trouble }) => expect(trouble).toBe('no-boot'));
    expect(view(id).detail).toContain('Security Violation');

    // Without Secure Boot it starts; PCR 7 differs, and the TPM keeps the key.
    await engine.tamper(id, 'desktop', 'secure-boot');
    await bootsTo(id, 'unlock');

    // The disk in another machine: all is as signed, and its TPM has never seen the key.
    await engine.tamper(id, 'desktop', 'undo');
    await engine.tamper(id, 'desktop', 'other-machine');
    await bootsTo(id, 'unlock');

    await engine.tamper(id, 'desktop', 'undo');
    expect(view(id).tampered).toEqual([]);
    await bootsTo(id, 'ready');
    await readWindow(id);
    expect(view(id).window?.kernelArguments).not.toContain('systemd.debug_shell');
    await engine.stop(id);
  },
  6 * bootTimeoutMs,
);

/** The agent may come up a moment after the prompt. */
async function readWindow(id: string): Promise<void> {
  await expect
    .poll(
      () =>
        desktops.engine.readWindow(id, 'desktop').then(
          () => true,
          () => false,
        ),
      { timeout: 120_000 },
    )
    .toBe(true);
}
