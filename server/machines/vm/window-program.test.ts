// How the guest's program labs/images/desktop/files/usr/lib/lab/window reads disks, with hand-made LUKS headers in files.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const program = join(import.meta.dirname, '../../../labs/images/desktop/files/usr/lib/lab/window');
const uuid = '0f4d5c1e-2222-4000-8000-bbbbbbbbbbbb';
const binaryBytes = 4096;
const hasJq = spawnSync('jq', ['--version']).status === 0;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'window-program-'));
  mkdirSync(join(folder, 'dev'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The text of a function in the program. */
function functionOf(name: string): string {
  const [text] = new RegExp(String.raw`^${name}\(\) \{\n[^]*?^\}\n`, 'm').exec(readFileSync(program, 'utf8')) ?? [];
  expect(text).toBeDefined();
  return text ?? '';
}

/** Runs shell functions of the program, with the folder's devices in place of this host's. */
function run(call: string): string {
  const functions = `${functionOf('luks_metadata')}${functionOf('devices')}`
    .replaceAll('/sys/class/block', join(folder, 'sys'))
    .replaceAll(`"/dev/$name"`, `"${folder}/dev/$name"`);
  expect(functions).not.toMatch(/"\/dev\/\$|\/sys\/class/);
  const { stdout, stderr } = spawnSync('bash', ['-c', `export LC_ALL=C\n${functions}\n${call}`], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout;
}

/** The start of a LUKS2 disk: https://gitlab.com/cryptsetup/LUKS2-docs. The second header and the key slots follow. */
function luks2(metadata: object, bytes = 16_384): Buffer {
  const header = Buffer.alloc(bytes);
  header.write('LUKS\u00ba\u00be', 'latin1');
  header.writeUInt16BE(2, 6);
  header.writeBigUInt64BE(BigInt(bytes), 8);
  header.write('sha256', 72);
  header.fill(0xa5, 104, 168);
  header.write(uuid, 168);
  header.fill(0x5a, 448, 512);
  header.write(JSON.stringify(metadata), binaryBytes);
  return Buffer.concat([header, header, Buffer.alloc(8_192, 'key material')]);
}

/** A disk that the guest sees. @param holder the holder of an open disk */
function addDisk(name: string, content: Buffer, holder?: string): void {
  writeFileSync(join(folder, 'dev', name), content);
  mkdirSync(join(folder, 'sys', name, 'holders', ...(holder === undefined ? [] : [holder])), { recursive: true });
  writeFileSync(join(folder, 'sys', name, 'size'), `${Math.ceil(content.length / 512)}\n`);
}

const metadata = {
  keyslots: { 0: { type: 'luks2' }, 1: { type: 'luks2' }, 2: { type: 'luks2' }, 3: { type: 'luks2' } },
  tokens: {
    0: { type: 'systemd-recovery', keyslots: ['1'] },
    1: { type: 'systemd-tpm2', keyslots: ['2'], 'tpm2-pcrs': [7], 'tpm2-pin': true },
    2: { type: 'systemd-fido2', keyslots: ['3'], 'fido2-clientPin-required': false },
  },
  segments: {},
  digests: {},
  config: { json_size: '12288' },
};

test.each([16_384, 4 * 1024 * 1024])(
  'a LUKS2 header of %i bytes has this JSON, and nothing of what follows it',
  (bytes) => {
    const disk = join(folder, 'dev/vda');
    writeFileSync(disk, luks2(metadata, bytes));
    const printed = run(`luks_metadata ${disk} ${bytes}`);
    expect(JSON.parse(printed)).toEqual(metadata);
    expect(printed).toBe(JSON.stringify(metadata));
  },
);

test('metadata that fills its area to the last byte is not truncated', () => {
  const room = 16_384 - binaryBytes;
  const full = { config: 'x'.repeat(room - JSON.stringify({ config: '' }).length - 1) };
  writeFileSync(join(folder, 'dev/vda'), luks2(full));
  expect(JSON.parse(run(`luks_metadata ${folder}/dev/vda 16384`))).toEqual(full);
});

test('each disk is one object: LUKS2 with its metadata, LUKS1 without, others with neither', () => {
  addDisk('vda', luks2({ keyslots: {} }), 'dm-0');
  addDisk('vda1', luks2({ keyslots: {} }));
  const luks1 = luks2({});
  luks1.writeUInt16BE(1, 6);
  addDisk('vdb', luks1);
  addDisk('sda', Buffer.alloc(1_024));
  const disks = run('devices')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(disks).toEqual([
    { device: '/dev/vda', sizeBytes: 40_960, isOpen: true, uuid, header: { keyslots: {} } },
    { device: '/dev/vda1', sizeBytes: 40_960, isOpen: false, uuid, header: { keyslots: {} } },
    { device: '/dev/vdb', sizeBytes: 40_960, isOpen: false, uuid, header: {} },
    { device: '/dev/sda', sizeBytes: 1_024 },
  ]);
});

// The guest has jq, but a host may not.
test.skipIf(!hasJq)('jq turns that into the key slots, each with what opens it', () => {
  addDisk('vda', luks2(metadata), 'dm-0');
  addDisk('vdb', Buffer.alloc(512));
  const [, filter] = /^devices \| jq [^']*'([^']*)'$/m.exec(readFileSync(program, 'utf8')) ?? [];
  const args =
    '--arg bootId b --arg secureBoot on --arg kernelArguments quiet --argjson pcrs [] --argjson deployment null';
  const { disks } = JSON.parse(run(`devices | jq -c -n ${args} '${filter}'`)) as { disks: unknown };
  expect(disks).toEqual([
    {
      device: '/dev/vda',
      sizeBytes: 40_960,
      luks: {
        uuid,
        isOpen: true,
        slots: [
          { slot: 0, kind: 'password' },
          { slot: 1, kind: 'recovery' },
          { slot: 2, kind: 'tpm2', pcrs: [7], pin: true },
          { slot: 3, kind: 'fido2', pin: false },
        ],
      },
    },
    { device: '/dev/vdb', sizeBytes: 512 },
  ]);
});
