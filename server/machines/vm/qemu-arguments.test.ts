// QEMU's command line: what follows from a machine's description, and what a saved state and its clone must have in common.
import { expect, test } from 'vitest';
import { launchPlan, vmSpec } from '../../../tests/support/vm-spec.ts';
import type { VmSpec } from '../engine.ts';
import { qemuCommand, type QemuPlan } from './qemu-arguments.ts';

const machine = vmSpec({
  memoryMiB: 1024,
  disks: [
    { name: 'system', image: 'desktop' },
    { name: 'data', sizeMiB: 256 },
  ],
  network: true,
  screen: true,
});

/** The values of an option, in order. */
function values(command: string[], option: string): string[] {
  return command.flatMap((word, at) => (word === option ? [command[at + 1] ?? ''] : []));
}
const of = (changes: Partial<QemuPlan>, spec: Partial<VmSpec> = {}) =>
  qemuCommand(launchPlan({ ...changes, machine: { ...machine, ...spec } }));

test('a clone has the devices of the saved machine, in the same order; what it writes to memory never reaches the file', () => {
  const saving = of({ memory: 'saving' });
  const clone = of({ memory: 'clone', isRestored: true });
  const different = clone.filter((word) => !saving.includes(word));
  expect(different).toEqual([
    'memory-backend-file,id=ram0,size=1024M,mem-path=/lab/state/ram,share=off,readonly=on,rom=off',
    '-incoming',
    'defer',
  ]);
  expect(saving).toContain('memory-backend-file,id=ram0,size=1024M,mem-path=/disk/vm/desktop/ram,share=on');
});

test('Secure Boot: only system management mode may write the variables; an update is another build of the same firmware', () => {
  expect(values(of({}), '-machine')[0]).toContain('smm=on');
  expect(of({})).toContain('driver=cfi.pflash01,property=secure,value=on');
  const [code] = values(of({}), '-drive');
  const [other] = values(of({ hasOtherFirmware: true }), '-drive');
  expect(code).toContain('file=/usr/share/OVMF/OVMF_CODE_4M.secboot.fd');
  expect(other).toContain('file=/usr/share/OVMF/OVMF_CODE_4M.secboot.strictnx.fd');
  expect(values(of({}, { firmware: 'uefi' }), '-machine')[0]).toContain('smm=off');
  expect(values(of({}, { firmware: 'bios' }), '-drive')).toEqual([]);
});

test('disks in the order of lab.yaml; a full session disk stops the machine instead of breaking its file systems', () => {
  const disks = values(of({}), '-device').filter((device) => device.startsWith('virtio-blk-pci'));
  expect(disks).toHaveLength(2);
  expect(disks[0]).toMatch(/^virtio-blk-pci,drive=disk0,serial=system,werror=stop,rerror=report,bootindex=1$/);
  expect(disks[1]).toContain('bootindex=2');
});

test('a machine boots from its card only when the lab says so', () => {
  const card = (spec: Partial<VmSpec>) => values(of({}, spec), '-device').find((each) => each.startsWith('virtio-net'));
  expect(card({})).toBe('virtio-net-pci,netdev=net0,mac=52:54:00:77:00:0a,romfile=');
  expect(card({ bootOrder: ['network', 'disk'] })).toContain('bootindex=1');
  expect(card({ network: false })).toBeUndefined();
});

test('every machine has the ports of the agent and of a new identity, in this order: the guest relies on it', () => {
  const ports = (changes: Partial<QemuPlan>, spec: Partial<VmSpec> = {}) =>
    values(of(changes, spec), '-device').filter((device) => device.startsWith('virtserialport'));
  const expected = [
    'virtserialport,chardev=agent,name=org.qemu.guest_agent.0',
    'virtserialport,chardev=rekey,name=eu-os-labs.rekey',
  ];
  expect(ports({})).toEqual(expected);
  expect(ports({ memory: 'clone', isRestored: true })).toEqual(expected);
  expect(ports({}, { tpm: false, screen: false, network: false })).toEqual(expected);
  // QEMU waits for nobody: the server connects when the machine is about to be saved or to resume.
  expect(values(of({}), '-chardev')).toContain('socket,path=/disk/desktop-rekey.sock,server=on,wait=off,id=rekey');
});

test('there are no devices for what a machine does not have', () => {
  const bare = of({}, { tpm: false, screen: false, network: false }).join(' ');
  for (const word of ['tpm-crb', '-vnc', 'VGA', 'tap']) expect(bare).not.toContain(word);
});

test('QEMU may not start programs, and the guest may not start machines of its own', () => {
  expect(values(of({}), '-sandbox')[0]).toContain('spawn=deny');
  expect(values(of({ acceleration: 'kvm' }), '-cpu')).toEqual(['host,vmx=off,svm=off']);
  expect(of({})).toContain('-no-shutdown');
});
