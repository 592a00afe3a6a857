// Power of a virtual machine: off, on, reset, unplugged; and QEMU ending although nobody asked it to.
import { expect, test } from 'vitest';
import { execa } from 'execa';
import { bootMs, testVm, type RealVms } from '../support/real-vm.ts';
import { untilView, withPreparedVms } from './support/prepared-vms.ts';

const passphrase = 'correct horse';
/** The end of QEMU is reported at once; no guest is involved. */
const lostMs = 15_000;
let vms: RealVms;
let id: string;

withPreparedVms(async (prepared) => {
  vms = prepared;
  id = await vms.start();
});

const bootId = async () => (await vms.sh(id, 'cat /proc/sys/kernel/random/boot_id')).stdout;

test(
  'a guest that powers off is off and the session goes on; switched on, it boots to its passphrase and further',
  { timeout: 2 * bootMs },
  async () => {
    const before = await bootId();
    using console = await vms.console(id);
    console.type('systemctl poweroff\r');
    await untilView(vms, id, 'going down', ({ power, goesDown }) => goesDown === true || power === 'off');
    // With KVM it may be off before the agent was missed.
    if (vms.view(id).acceleration === 'emulation') expect(vms.view(id)).toMatchObject({ power: 'on', goesDown: true });
    await untilView(vms, id, 'power off', ({ power }) => power === 'off');
    expect(await vms.engine.status(id)).toBe('running');
    await vms.engine.power(id, testVm.name, 'start');
    expect(vms.view(id)).toMatchObject({ power: 'on' });
    await vms.untilPhase(id, 'unlock');
    // What the firmware and the boot menu draw fits into an ordinary terminal. Systemd goes to column 32766 to ask for its size.
    const drawn = [...console.text.matchAll(/\x1b\[\d+;(\d+)H/g)].map(([, column]) => Number(column));
    const columns = drawn.filter((column) => column < 10_000);
    expect(Math.max(...columns)).toBeGreaterThan(40);
    expect(Math.max(...columns)).toBeLessThanOrEqual(80);
    console.type(`${passphrase}\r`);
    await vms.untilPhase(id, 'ready');
    expect(await bootId()).not.toBe(before);
  },
);

test('a reset begins with the firmware, without asking the guest', async () => {
  await vms.engine.power(id, testVm.name, 'reset');
  expect(vms.view(id).phase).toBe('firmware');
});

test('an unplugged machine is off at once; a new server knows that', async () => {
  await vms.engine.power(id, testVm.name, 'unplug');
  expect(vms.view(id)).toMatchObject({ power: 'off' });
  await vms.newServer();
  expect(await vms.engine.status(id)).toBe('running');
  expect(await vms.engine.running()).toContain(id);
  // Asking for the state must not take over the monitor, which has only one client.
  expect(vms.engine.vms(id)).toEqual({});
  await vms.engine.findAgain(id);
  expect(vms.view(id)).toMatchObject({ power: 'off' });
  await vms.engine.power(id, testVm.name, 'start');
  expect(vms.view(id)).toMatchObject({ power: 'on' });
});

test('a killed QEMU is reported as lost; the machine can be switched on again', async () => {
  const { stdout } = await execa('pgrep', ['-f', `^qemu-system-x86_64 -name ${testVm.name} `]);
  const ours: number[] = [];
  for (const pid of stdout.split('\n').map(Number)) {
    const { stdout: mounts } = await execa('cat', [`/proc/${pid}/mountinfo`]);
    if (mounts.includes(`/sessions/${id}/`)) ours.push(pid);
  }
  expect(ours).toHaveLength(1);
  process.kill(ours[0] ?? 0, 'SIGKILL');
  await untilView(vms, id, 'trouble qemu-lost', ({ trouble }) => trouble === 'qemu-lost', lostMs);
  expect(await vms.engine.status(id)).toBe('running');
  await vms.engine.power(id, testVm.name, 'start');
  expect(vms.view(id)).toMatchObject({ power: 'on' });
  expect(vms.view(id).trouble).toBeUndefined();
});
