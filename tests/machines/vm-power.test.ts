// Power of a virtual machine: off, on, reset, unplugged; and QEMU that ends while nobody asked it to.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { execa } from 'execa';
import { pollUntil } from '../support/page-terminal.ts';
import { bootMs, RealVms, testVm } from '../support/real-vm.ts';

const passphrase = 'correct horse';
let vms: RealVms;
let id: string;

beforeAll(async () => {
  vms = await RealVms.open();
  await vms.prepare();
  id = await vms.start();
}, 2 * bootMs);
afterAll(async () => {
  await vms[Symbol.asyncDispose]();
});

const bootId = async () => (await vms.sh(id, 'cat /proc/sys/kernel/random/boot_id')).stdout;
async function untilPower(power: 'on' | 'off'): Promise<void> {
  await pollUntil(
    () => vms.view(id).power === power,
    () => `power ${power}, found ${JSON.stringify(vms.view(id))}`,
    bootMs,
  );
}

test(
  'a guest that powers off is off and the session goes on; switched on, it boots to its passphrase and on',
  { timeout: 2 * bootMs },
  async () => {
    const before = await bootId();
    using console = await vms.console(id);
    console.type('systemctl poweroff\r');
    await untilPower('off');
    expect(await vms.engine.status(id)).toBe('running');
    await vms.engine.power(id, testVm.name, 'start');
    expect(vms.view(id)).toMatchObject({ power: 'on' });
    await vms.untilPhase(id, 'unlock');
    console.type(`${passphrase}\r`);
    await vms.untilPhase(id, 'ready');
    expect(await bootId()).not.toBe(before);
  },
);

test('a reset begins with the firmware, without asking the guest', async () => {
  await vms.engine.power(id, testVm.name, 'reset');
  expect(vms.view(id).phase).toBe('firmware');
});

test('unplugged is off at once; a new server knows that it is', async () => {
  await vms.engine.power(id, testVm.name, 'unplug');
  expect(vms.view(id)).toMatchObject({ power: 'off' });
  await vms.newServer();
  expect(await vms.engine.status(id)).toBe('running');
  expect(vms.view(id)).toMatchObject({ power: 'off' });
  await vms.engine.power(id, testVm.name, 'start');
  expect(vms.view(id)).toMatchObject({ power: 'on' });
});

test('QEMU that was killed is said to be lost; the machine can be switched on again', async () => {
  const { stdout } = await execa('pgrep', ['-f', `^qemu-system-x86_64 -name ${testVm.name} `]);
  const ours: number[] = [];
  for (const pid of stdout.split('\n').map(Number)) {
    const { stdout: mounts } = await execa('cat', [`/proc/${pid}/mountinfo`]);
    if (mounts.includes(`/sessions/${id}/`)) ours.push(pid);
  }
  expect(ours).toHaveLength(1);
  process.kill(ours[0] ?? 0, 'SIGKILL');
  await pollUntil(
    () => vms.view(id).trouble === 'qemu-lost',
    () => `qemu-lost, found ${JSON.stringify(vms.view(id))}`,
  );
  expect(await vms.engine.status(id)).toBe('running');
  await vms.engine.power(id, testVm.name, 'start');
  expect(vms.view(id)).toMatchObject({ power: 'on' });
  expect(vms.view(id).trouble).toBeUndefined();
});
