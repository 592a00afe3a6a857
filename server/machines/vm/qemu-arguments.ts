// QEMU's command line for one virtual machine, as it runs in its container. Pure: paths and words, no files.
import type { VmSpec } from '../engine.ts';
import { kvmAccelerator } from './kvm-probe.ts';
import { diskInside, machineAddress, socketPath, vmFiles } from './vm-place.ts';

/** What the machine's memory is. `own`: nobody will save it. `saving`: a file that can be saved. `clone`: a copy, page by page, of a saved file. */
export type MemoryKind = 'own' | 'saving' | 'clone';

export interface QemuPlan {
  machine: VmSpec;
  /** Place of the machine in lab.yaml, from 0. */
  index: number;
  acceleration: 'kvm' | 'emulation';
  memory: MemoryKind;
  /** Whether the machine waits for a saved state instead of starting its firmware. */
  isRestored: boolean;
  /** Whether to use the firmware's other build, as after an update: its measurements differ, and Secure Boot is on as before. */
  hasOtherFirmware: boolean;
  /** New for every start from a state: the guest's kernel mixes it into its random numbers. */
  generation: string;
}

/** Where a saved state's part of a machine is, in its container. */
export const stateInside = '/lab/state';

/** MiB of translated code kept under emulation: with QEMU's default an idle clone takes twice the memory. */
const translationMiB = 128;

/** Program and arguments. They start QEMU only: the machine waits for `cont` on its monitor. */
export function qemuCommand(plan: QemuPlan): string[] {
  const { machine, acceleration } = plan;
  return [
    'qemu-system-x86_64',
    '-name',
    machine.name,
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    '-S',
    '-machine',
    `q35,smm=${hasSmm(machine) ? 'on' : 'off'},vmport=off,hpet=off,memory-backend=ram0`,
    '-accel',
    acceleration === 'kvm' ? kvmAccelerator : `tcg,thread=multi,tb-size=${translationMiB}`,
    // No virtual machines inside the machine: nested virtualisation is where hypervisors have security holes.
    '-cpu',
    acceleration === 'kvm' ? 'host,vmx=off,svm=off' : 'max',
    '-smp',
    String(machine.cpus),
    '-m',
    `${machine.memoryMiB}M`,
    ...memoryArgs(plan),
    ...firmwareArgs(plan),
    ...monitorArgs(machine),
    ...serialArgs(machine),
    ...agentArgs(machine),
    ...keyArgs(machine),
    ...tpmArgs(machine),
    ...machine.disks.flatMap((disk, at) => diskArgs(machine, disk.name, at)),
    ...networkArgs(plan),
    ...screenArgs(machine),
    '-object',
    'rng-random,id=rng0,filename=/dev/urandom',
    '-device',
    'virtio-rng-pci,rng=rng0',
    '-device',
    `vmgenid,guid=${plan.generation}`,
    '-device',
    'pvpanic',
    '-action',
    'panic=pause',
    // After the guest's power-off QEMU and its sockets stay.
    '-no-shutdown',
    // QEMU can start no program and gain no rights, even if the guest takes it over.
    '-sandbox',
    'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
    ...(plan.isRestored ? ['-incoming', 'defer'] : []),
  ];
}

function hasSmm({ firmware }: VmSpec): boolean {
  // The variables that Secure Boot trusts can be written only from system management mode.
  return firmware === 'uefi-secure-boot';
}

function memoryArgs({ machine, memory }: QemuPlan): string[] {
  const size = `id=ram0,size=${machine.memoryMiB}M`;
  if (memory === 'own') return ['-object', `memory-backend-ram,${size}`];
  if (memory === 'saving') {
    return ['-object', `memory-backend-file,${size},mem-path=${vmFiles(machine.name).ram},share=on`];
  }
  return ['-object', `memory-backend-file,${size},mem-path=${stateInside}/ram,share=off,readonly=on,rom=off`];
}

/** Path of the firmware's code in the container; undefined for BIOS, which QEMU finds itself. */
function firmwareCode({ machine: { firmware }, hasOtherFirmware }: QemuPlan): string | undefined {
  if (firmware === 'bios') return undefined;
  if (firmware === 'uefi') return '/usr/share/OVMF/OVMF_CODE_4M.fd';
  return `/usr/share/OVMF/OVMF_CODE_4M.secboot${hasOtherFirmware ? '.strictnx' : ''}.fd`;
}

/** Path in the container of the variables that the firmware starts with; those for Secure Boot have Microsoft's keys enrolled. */
export function firmwareVariables({ firmware }: VmSpec): string | undefined {
  if (firmware === 'bios') return undefined;
  return firmware === 'uefi' ? '/usr/share/OVMF/OVMF_VARS_4M.fd' : '/usr/share/OVMF/OVMF_VARS_4M.ms.fd';
}

function firmwareArgs(plan: QemuPlan): string[] {
  const { machine } = plan;
  const code = firmwareCode(plan);
  if (code === undefined) return [];
  return [
    ...(hasSmm(machine) ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : []),
    // No lesson needs suspend to memory, and it would be a hole in the lock on Secure Boot's variables.
    '-global',
    'ICH9-LPC.disable_s3=1',
    '-drive',
    `if=pflash,unit=0,format=raw,readonly=on,file=${code}`,
    '-drive',
    `if=pflash,unit=1,format=raw,file=${vmFiles(machine.name).vars}`,
  ];
}

function monitorArgs({ name }: VmSpec): string[] {
  return ['-chardev', `${listening(name, 'qmp')},id=qmp`, '-mon', 'chardev=qmp,mode=control'];
}

/** One serial port, seen by the reader's terminal and by the server. */
function serialArgs({ name }: VmSpec): string[] {
  return [
    '-chardev',
    `${listening(name, 'serial')},id=serial-reader`,
    '-chardev',
    `${listening(name, 'watch')},id=serial-watch`,
    '-chardev',
    'hub,id=serial-hub,chardevs.0=serial-reader,chardevs.1=serial-watch',
    '-serial',
    'chardev:serial-hub',
  ];
}

function agentArgs({ name }: VmSpec): string[] {
  return [
    '-device',
    'virtio-serial-pci',
    '-chardev',
    `${listening(name, 'agent')},id=agent`,
    '-device',
    'virtserialport,chardev=agent,name=org.qemu.guest_agent.0',
    '-chardev',
    `${listening(name, 'rekey')},id=rekey`,
    '-device',
    'virtserialport,chardev=rekey,name=eu-os-labs.rekey',
  ];
}

/** Sockets of the stand-in security key, which runs beside QEMU: in its container, out of the server's sight. */
const keySockets = { key: '/run/key.sock', hand: '/run/hand.sock' } as const;

/** The port for the key, and the one through which the reader plugs it in. */
function keyArgs({ securityKey }: VmSpec): string[] {
  if (!securityKey) return [];
  return Object.entries(keySockets).flatMap(([name, path]) => [
    '-chardev',
    `socket,path=${path},server=on,wait=off,id=${name}`,
    '-device',
    `virtserialport,chardev=${name},name=eu-os-labs.${name}`,
  ]);
}

function listening(machine: string, socket: 'qmp' | 'serial' | 'watch' | 'agent' | 'rekey'): string {
  return `socket,path=${socketPath(diskInside, machine, socket)},server=on,wait=off`;
}

function tpmArgs({ name, tpm }: VmSpec): string[] {
  if (!tpm) return [];
  return [
    '-chardev',
    `socket,id=tpm,path=${socketPath(diskInside, name, 'swtpm')}`,
    '-tpmdev',
    'emulator,id=tpm0,chardev=tpm',
    '-device',
    'tpm-crb,tpmdev=tpm0',
  ];
}

function diskArgs(machine: VmSpec, name: string, index: number): string[] {
  const file = vmFiles(machine.name).disk(index);
  const node = [
    `driver=qcow2,node-name=disk${index},discard=unmap`,
    // The disk does not outlive the session: no write has to wait until it is on the host's disk.
    'cache.no-flush=on',
    `file.driver=file,file.filename=${file},file.discard=unmap,file.cache.no-flush=on`,
  ].join(',');
  const order = machine.bootOrder.indexOf('disk');
  const boot = order < 0 ? '' : `,bootindex=${order * 10 + index + 1}`;
  // When the session's disk is full, the machine stops, and the server says so; otherwise the guest would see a broken disk.
  const device = `virtio-blk-pci,drive=disk${index},serial=${name.slice(0, 20)},werror=stop,rerror=report${boot}`;
  return ['-blockdev', node, '-device', device];
}

function networkArgs({ machine, index }: QemuPlan): string[] {
  if (!machine.network) return [];
  const { mac, tap } = machineAddress(index);
  const order = machine.bootOrder.indexOf('network');
  // Without its ROM the card cannot be booted from, and the firmware does not try.
  const boot = order < 0 ? ',romfile=' : `,bootindex=${order * 10 + 1}`;
  return [
    '-netdev',
    `tap,id=net0,ifname=${tap},script=no,downscript=no`,
    '-device',
    `virtio-net-pci,netdev=net0,mac=${mac}${boot}`,
  ];
}

/**
 * The firmware's console has as many columns as fit on the screen: 100 at its usual 800x600, and then the boot menu is broken in
 * a serial terminal of 80. At 640x480 it has 80, and the screen needs no shrinking beside a lesson.
 */
const screenSize = 'xres=640,yres=480';

function screenArgs({ name, screen }: VmSpec): string[] {
  if (!screen) return [];
  return [
    '-device',
    `VGA,${screenSize}`,
    '-device',
    'virtio-tablet-pci',
    '-vnc',
    `unix:${socketPath(diskInside, name, 'vnc')}`,
  ];
}
