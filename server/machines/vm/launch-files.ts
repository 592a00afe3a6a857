// The text of the files that the server writes for a machine's container, which reads them in /lab/launch: shell scripts and settings.
import { firmwareVariables, qemuCommand, stateInside, type QemuPlan } from './qemu-arguments.ts';
import { machineAddress, segment, vmFiles } from './vm-place.ts';

export interface LaunchPlan extends QemuPlan {
  /** Counts the starts of QEMU in this sandbox: a new number makes the container restart it. */
  number: number;
  /** Whether a saved state is at `stateInside`; otherwise the disks are new. */
  hasState: boolean;
  /** Paths of disk images in the container, by name. */
  diskImages: Record<string, string>;
  /** All machines of the lab that are on the segment, with their places in lab.yaml. */
  neighbours: { name: string; index: number }[];
}

/** File name → content. The server also writes the plan's number to the file `number`. */
export function launchFiles(plan: LaunchPlan): Record<string, string> {
  return {
    settings: settings(plan),
    files: files(plan),
    qemu: `exec ${qemuCommand(plan).map(quote).join(' ')}\n`,
    'dnsmasq.conf': nameServer(plan.neighbours),
  };
}

/** A word of a shell script. */
export function quote(word: string): string {
  return /^[a-zA-Z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function settings({ machine, index }: LaunchPlan): string {
  const tap = machine.network ? machineAddress(index).tap : '';
  return [
    `machine=${machine.name}`,
    `tap=${tap}`,
    `gateway=${segment.gateway}/${segment.prefix}`,
    `tpm=${machine.tpm ? '1' : ''}`,
    `key=${machine.securityKey ? '1' : ''}`,
    '',
  ].join('\n');
}

/** Makes the machine's folder in one step: it exists whole or not at all. */
function files(plan: LaunchPlan): string {
  const { dir } = vmFiles(plan.machine.name);
  const draft = `${dir}.new`;
  const make = plan.hasState ? copyOfState(plan, draft) : newDisks(plan, draft);
  return [...make, `mv ${draft} ${dir}`, ''].join('\n');
}

function copyOfState({ memory }: LaunchPlan, draft: string): string[] {
  return [
    `cp -r ${stateInside}/clone ${draft}`,
    // A sandbox that will be saved writes into its memory file, so it needs its own.
    ...(memory === 'saving' ? [`cp --sparse=always ${stateInside}/ram ${draft}/ram`] : []),
  ];
}

function newDisks({ machine, diskImages, memory }: LaunchPlan, draft: string): string[] {
  const variables = firmwareVariables(machine);
  const disks = machine.disks.map((disk, at) => {
    const path = `${draft}/disk-${at}.qcow2`;
    if (disk.image === undefined) return `qemu-img create -q -f qcow2 ${path} ${disk.sizeMiB ?? 0}M`;
    return `qemu-img create -q -f qcow2 -F qcow2 -b ${quote(diskImages[disk.image] ?? '')} ${path}`;
  });
  return [
    `mkdir -p ${draft}/tpm`,
    ...(variables === undefined ? [] : [`cp ${variables} ${draft}/vars.fd`]),
    ...disks,
    ...(memory === 'saving' ? [`truncate --size=${machine.memoryMiB}M ${draft}/ram`] : []),
  ];
}

/** Addresses and names of the segment. There is no other network behind it. */
function nameServer(neighbours: LaunchPlan['neighbours']): string {
  const { bridge, domain, gateway } = segment;
  const hosts = neighbours.map(({ name, index }) => {
    const { mac, ip } = machineAddress(index);
    return `dhcp-host=${mac},${ip},${name},infinite`;
  });
  return [
    `interface=${bridge}`,
    'bind-interfaces',
    'no-resolv',
    'no-hosts',
    'no-ping',
    'quiet-dhcp',
    'leasefile-ro',
    `domain=${domain}`,
    `local=/${domain}/`,
    'expand-hosts',
    `dhcp-range=${gateway},static`,
    'dhcp-authoritative',
    ...hosts,
    ...neighbours.map(({ name, index }) => `host-record=${name}.${domain},${name},${machineAddress(index).ip}`),
    '',
  ].join('\n');
}

/** Names and places of the lab's virtual machines that have a card. */
export function neighboursOf(machines: readonly { name: string; type: string; network?: boolean }[]) {
  return machines.flatMap(({ name, type, network }, index) =>
    type === 'vm' && network === true ? [{ name, index }] : [],
  );
}
