// What *Tamper* does to a real machine with Secure Boot, TPM and an encrypted disk, and what PCR 7 shows of it.
import { expect, test, vi } from 'vitest';
import type { VmView } from '../../server/protocol/messages.ts';
import { bootMs, testVm, type RealVms } from '../support/real-vm.ts';
import { untilView, withPreparedVms } from './support/prepared-vms.ts';

let vms: RealVms;
withPreparedVms((prepared) => {
  vms = prepared;
});

const changed = ({ window }: VmView) => window?.pcrs.filter((pcr) => pcr.changed).map(({ index }) => index);

/** A boot that ends elsewhere fails at once. `stuck` does not count: on a crowded host a boot may be silent for minutes and then go on. */
async function bootsTo(id: string, phase: 'ready' | 'unlock'): Promise<void> {
  await untilView(
    vms,
    id,
    `the end of a boot to ${phase}`,
    (view) => view.phase === 'ready' || view.phase === 'unlock' || ![undefined, 'stuck'].includes(view.trouble),
  );
  expect(vms.view(id)).toMatchObject({ phase });
}

/** The agent comes up a moment after the prompt. */
async function readWindow(id: string): Promise<void> {
  await vi.waitFor(() => vms.engine.readWindow(id, testVm.name), { timeout: bootMs, interval: 1_000 });
}

test(
  'a disk that the TPM opens for PCR 7: what does not prevent that, what does, and the way back',
  async () => {
    const { engine } = vms;
    const id = await vms.start();
    await engine.readWindow(id, testVm.name);
    expect(vms.view(id).window).toMatchObject({ secureBoot: 'on' });
    const enroll = `dev=$(blkid -t TYPE=crypto_LUKS -o device | head -n 1)
      PASSWORD='correct horse' systemd-cryptenroll --tpm2-device=auto --tpm2-pcrs=7 "$dev" && sync`;
    expect(await vms.sh(id, enroll, 120_000)).toMatchObject({ exitCode: 0 });

    // Other firmware and another boot menu: PCR 7 is the same, so the TPM opens the disk for the attacker who changed them.
    await engine.tamper(id, testVm.name, 'firmware');
    await engine.tamper(id, testVm.name, 'command-line');
    await bootsTo(id, 'ready');
    await readWindow(id);
    expect(vms.view(id).tampered).toEqual(['firmware', 'command-line']);
    expect(vms.view(id).window).toMatchObject({ secureBoot: 'on' });
    expect(vms.view(id).window?.kernelArguments).toContain('systemd.debug_shell');
    expect(changed(vms.view(id))).toEqual(expect.arrayContaining([0, 8, 9]));
    expect(changed(vms.view(id))).not.toContain(7);

    // An unsigned boot loader does not even start.
    await engine.tamper(id, testVm.name, 'boot-loader');
    await untilView(vms, id, 'trouble no-boot', ({ trouble }) => trouble === 'no-boot');
    expect(vms.view(id).detail).toContain('Security Violation');

    // Without Secure Boot it starts, but PCR 7 differs and the TPM does not release the key.
    await engine.tamper(id, testVm.name, 'secure-boot');
    await bootsTo(id, 'unlock');

    // The disk in another machine: everything is signed, but that machine's TPM has never seen the key.
    await engine.tamper(id, testVm.name, 'undo');
    await engine.tamper(id, testVm.name, 'other-machine');
    await bootsTo(id, 'unlock');

    await engine.tamper(id, testVm.name, 'undo');
    expect(vms.view(id).tampered).toEqual([]);
    await bootsTo(id, 'ready');
    await readWindow(id);
    expect(vms.view(id).window?.kernelArguments).not.toContain('systemd.debug_shell');
    await engine.stop(id);
  },
  6 * bootMs,
);
