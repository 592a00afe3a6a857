// The desktop's disk as it is made: partitions, boot files, LUKS2 with the passphrase from the lesson. It is read, not booted.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../server/config.ts';
import { readHostFacts } from '../../server/machines/podman/host-facts.ts';
import { createImageBuilder } from '../../server/machines/podman/image-builder.ts';
import { createPodman, type Podman } from '../../server/machines/podman/podman-command.ts';
import { createDiskImages, type DiskImage } from '../../server/machines/vm/disk-images.ts';

const MiB = 1024 * 1024;
/** Reading the first 260 MiB takes a second, on a crowded host some ten. */
const readTimeoutMs = 60_000;

let podman: Podman;
let tools: string;
let disk: DiskImage;
let work: string | undefined;

beforeAll(async () => {
  const { storageDir } = readConfig([], process.env);
  const { runtime } = await readHostFacts();
  podman = createPodman({ storageDir, runtime });
  const builder = createImageBuilder({ storageDir, podman });
  const disks = createDiskImages({ storageDir, podman, builder });
  await disks.prepareDiskImage('desktop', () => undefined, new AbortController().signal);
  const [made, image] = [await disks.diskImage('desktop'), await builder.reference('vm-host')];
  if (made === undefined || image === undefined) throw new Error('prepareDiskImage made no disk');
  disk = made;
  tools = image;
  work = await mkdtemp(join(tmpdir(), 'eu-os-labs-disk-'));
  await read(
    'qemu-img dd -f qcow2 -O raw bs=1M count=260 if=/disk/disk.qcow2 of=front; ' +
      'dd if=front of=boot.ext4 bs=1M skip=65 count=192 status=none; dd if=front of=root.luks bs=1M skip=257 count=3 status=none',
  );
});

afterAll(async () => {
  if (work !== undefined) await rm(work, { recursive: true, force: true });
});

/** Runs a script in a folder with `front`, `boot.ext4` and `root.luks`: the disk's beginning, and parts of it. */
function read(script: string): Promise<string> {
  return podman.run(
    [
      'run',
      '--rm',
      '--network',
      'none',
      '--ulimit',
      'nofile=1024:1024',
      '--ulimit',
      'nproc=512:512',
      '--volume',
      `${dirname(disk.path)}:/disk:ro`,
      '--volume',
      `${work}:/work`,
      '--workdir',
      '/work',
      tools,
      'sh',
      '-euc',
      script,
    ],
    { timeoutMs: readTimeoutMs },
  );
}

interface Table {
  partitiontable: { label: string; partitions: { start: number; size: number; name: string }[] };
}

test('a GPT disk with an EFI partition, /boot and the root', async () => {
  const info = JSON.parse(await read('qemu-img info --output=json /disk/disk.qcow2')) as {
    format: string;
    'virtual-size': number;
    'actual-size': number;
  };
  expect(info.format).toBe('qcow2');
  // Blocks that no file uses are not stored.
  expect(info['actual-size']).toBeLessThan(info['virtual-size'] / 2);
  const table = JSON.parse(
    await read(`truncate --size=${info['virtual-size']} front; sfdisk --json front 2>/dev/null`),
  ) as Table;
  expect(table.partitiontable.label).toBe('gpt');
  expect(table.partitiontable.partitions.map(({ name, start, size }) => [name, start * 512, size * 512])).toEqual([
    ['efi', MiB, 64 * MiB],
    ['boot', 65 * MiB, 192 * MiB],
    ['root', 257 * MiB, 2050 * MiB],
  ]);
});

test('the firmware finds shim, shim finds GRUB, GRUB finds the menu and the menu the deployment', async () => {
  const files = await read('mdir -i front@@1M -b -/ ::');
  expect(files.split('\n')).toEqual(
    expect.arrayContaining([
      '::/EFI/BOOT/BOOTX64.EFI',
      '::/EFI/BOOT/grubx64.efi',
      '::/EFI/BOOT/mmx64.efi',
      '::/EFI/debian/grub.cfg',
    ]),
  );
  const first = await read('mtype -i front@@1M ::/EFI/debian/grub.cfg');
  const uuid = await read(`dumpe2fs -h boot.ext4 2>/dev/null | sed -n 's/^Filesystem UUID: *//p'`);
  expect(first).toContain(`search --no-floppy --fs-uuid --set=root ${uuid.trim()}`);
  // GRUB follows links; debugfs does not follow one at the end of a path.
  const link = await read(`debugfs -R 'stat /grub/grub.cfg' boot.ext4 2>/dev/null`);
  expect(link).toContain('"../loader/grub.cfg"');
  const menu = await read(`debugfs -R 'cat /loader/grub.cfg' boot.ext4 2>/dev/null`);
  const kernel = /^linux (\S+) (.*)$/m.exec(menu);
  const initramfs = /^initrd (\S+)$/m.exec(menu);
  expect(kernel?.[2]).toMatch(/ostree=\/ostree\/boot\.[01]\/eu-os\/[0-9a-f]{64}\/0/);
  const sizes = await read(
    `for f in ${kernel?.[1]} ${initramfs?.[1]}; do debugfs -R "stat $f" boot.ext4 2>/dev/null | sed -n 's/^User:.*Size: *//p'; done`,
  );
  for (const size of sizes.trim().split('\n')) expect(Number(size)).toBeGreaterThan(5 * MiB);
});

test('the root is LUKS2, opens only with the passphrase, and the kernel is told its UUID', async () => {
  const open = `printf '${disk.passphrase}' | cryptsetup open --test-passphrase --key-file=- root.luks`;
  const metadata = JSON.parse(await read(`${open}; cryptsetup luksDump --dump-json-metadata root.luks`)) as {
    keyslots: Record<string, { kdf: { type: string } }>;
    tokens: Record<string, unknown>;
    segments: Record<string, { type: string; offset: string; encryption: string }>;
  };
  expect(Object.values(metadata.segments)).toEqual([
    expect.objectContaining({ type: 'crypt', offset: String(2 * MiB), encryption: 'aes-xts-plain64' }),
  ]);
  expect(Object.values(metadata.keyslots).map(({ kdf }) => kdf.type)).toEqual(['pbkdf2']);
  expect(metadata.tokens).toEqual({});
  await expect(read(open.replace('correct', 'wrong'))).rejects.toThrow(/No key available/);
  const uuid = (await read(`cryptsetup luksUUID root.luks`)).trim();
  const menu = await read(`debugfs -R 'cat /loader/grub.cfg' boot.ext4 2>/dev/null`);
  expect(menu).toContain(`rd.luks.name=${uuid}=root`);
});
