// What a lab.yaml may contain. Validation only: read-lab.ts reads files and finds positions in them.
import { z } from 'zod';

const name = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,30}$/,
    'expected lower-case letters, digits and hyphens, a letter first, at most 31 characters',
  );

const machineName = name.describe('Name of the machine: host name, tab title, and `machine=` of run blocks.');
const machineTitle = z.string().min(1).max(60).optional().describe('What the tab shows; the name when absent.');
const cpus = z.number().min(0.1).max(64).describe('Share of processors, 1 = one whole processor.');

export const containerSchema = z.strictObject({
  type: z.literal('container').describe('A container; what a machine is unless it says otherwise.'),
  name: machineName,
  title: machineTitle,
  image: name.describe('A folder under labs/images/.'),
  memory: z.int().min(64).max(65_536).describe('Memory limit in MiB; swap is not added.'),
  cpus,
  pids: z.int().min(16).max(32_768).describe('How many processes and threads may exist at once.'),
});

export const vmDiskSchema = z.strictObject({
  name: name.describe('What the disk is called in messages; the machine sees /dev/vda, /dev/vdb … in this order.'),
  image: name.optional().describe('A disk image: a folder under labs/images/ that makes one.'),
  size: z.int().min(16).max(65_536).optional().describe('MiB of a blank disk; with `image` it is the image’s own.'),
});

export const vmSchema = z.strictObject({
  type: z.literal('vm').describe('A virtual machine with firmware, disks and a boot.'),
  name: machineName,
  title: machineTitle,
  memory: z.int().min(256).max(65_536).describe('Memory of the machine in MiB.'),
  cpus: z.int().min(1).max(16).default(1).describe('Processors that the machine sees.'),
  firmware: z
    .enum(['uefi-secure-boot', 'uefi', 'bios'])
    .default('uefi')
    .describe('UEFI with Secure Boot on, UEFI without keys, or BIOS.'),
  tpm: z.boolean().default(false).describe('A TPM 2.0 (swtpm).'),
  disks: z.array(vmDiskSchema).min(1).max(8).describe('At least one.'),
  network: z.boolean().default(true).describe('A card on the session’s own segment.'),
  bootOrder: z
    .array(z.enum(['disk', 'network']))
    .min(1)
    .max(2)
    .default(['disk'])
    .describe('What the firmware tries, in this order.'),
  screen: z.boolean().default(false).describe('A graphical console beside the serial one.'),
  securityKey: z
    .boolean()
    .default(false)
    .describe(
      'A stand-in FIDO2 security key: `security-key plug-in` in the machine plugs it in, a button on the page touches it.',
    ),
  boot: z
    .enum(['booted', 'cold'])
    .default('booted')
    .describe('Whether sessions find the machine booted, or see it boot.'),
});

const machineSchema = z.preprocess(
  (value) =>
    typeof value === 'object' && value !== null && !('type' in value) ? { type: 'container', ...value } : value,
  z.discriminatedUnion('type', [containerSchema, vmSchema]),
);

export const checkSchema = z.strictObject({
  id: name.describe('A script labs/<lab>/checks/<id>; `<Check id="…"/>` on the page.'),
  machine: name.optional().describe('Where the script runs; the first machine when absent.'),
  timeout: z.int().min(1).max(120).default(10).describe('Seconds after which the script is killed.'),
  causes: z.array(name).default([]).describe('Every cause that the script may print; the page has a message for each.'),
});

export const labSchema = z.strictObject({
  title: z.string().min(1).max(80).describe('Name shown in the panel.'),
  machines: z.array(machineSchema).min(1).max(8).describe('At least one; the first is where run blocks go by default.'),
  disk: z.int().min(64).max(262_144).describe('MiB for all that the machines of a session write.'),
  limits: z
    .strictObject({
      idle: z
        .int()
        .min(1)
        .max(1_440)
        .default(30)
        .describe('Minutes without a keystroke, a check or a newly opened page until it ends.'),
      total: z.int().min(1).max(1_440).default(120).describe('Minutes until the session ends in any case.'),
      extend: z.int().min(0).max(1_440).default(60).describe('Minutes that *More time* adds to the total.'),
      extensions: z.int().min(0).max(24).default(4).describe('How often *More time* may be asked for.'),
    })
    .prefault({})
    .describe('Time limits; each is announced five minutes before it strikes.'),
  terminals: z
    .array(z.strictObject({ machine: name, title: z.string().min(1).max(60).optional() }))
    .min(1)
    .max(8)
    .describe('Terminals that are open when the session starts.'),
  maxTerminals: z.int().min(1).max(32).default(8).describe('How many the reader may have open at once.'),
  checks: z.array(checkSchema).default([]).describe('The checks of the lab.'),
});

export type LabFile = z.infer<typeof labSchema>;
