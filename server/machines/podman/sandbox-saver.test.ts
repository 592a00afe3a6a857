// What happens to machines that are paused for a save when something goes wrong. Machines and folders are simulated.
import { expect, test, vi } from 'vitest';
import type { LabMachines, VmSpec } from '../engine.ts';
import { SandboxSaver, type SandboxSaverOptions } from './sandbox-saver.ts';

const machines = ['one', 'two'].map((name) => ({ type: 'vm', name, disks: [] as VmSpec['disks'] }) as VmSpec);
const lab: LabMachines = { lab: 'small', machines, diskMiB: 64 };

function saverOf(save: () => Promise<void>) {
  const goOn = vi.fn((name: string) =>
    name === 'one' ? Promise.reject(new Error('QEMU is gone')) : Promise.resolve(),
  );
  const parts = {
    instance: 'mine',
    podman: { globalArgs: () => [] },
    states: { save: (_lab: unknown, _what: unknown, fill: (dir: string) => Promise<void>) => fill('/nowhere') },
    vms: { machine: (_id: string, name: string) => ({ save, goOn: () => goOn(name), tampered: [] }) },
    diskImages: {},
  };
  const saver = new SandboxSaver(parts as unknown as SandboxSaverOptions);
  const request = { sandboxId: 'a', lab, machines, name: 'a/b', key: '' };
  return { goOn, saved: saver.save(request, new AbortController().signal) };
}

test('each machine goes on, whatever happened to the others, and the first failure is reported', async () => {
  const { goOn, saved } = saverOf(() => Promise.reject(new Error('the disk is full')));
  await expect(saved).rejects.toThrow('the disk is full');
  expect(goOn.mock.calls.flat()).toEqual(['one', 'two']);
});
