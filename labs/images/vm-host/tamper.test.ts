// How the program that changes a disk from outside treats partition tables that a guest has made up.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const program = join(import.meta.dirname, 'files/usr/lib/lab/tamper');
const sector = 512;
/** Far more than a table takes; one whose claims were believed took minutes. */
const timeoutMs = 8_000;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamper-'));
  mkdirSync(join(folder, 'bin'));
  // Stands in for the tools that read the disk: the table is a file beside it.
  const tool = join(folder, 'bin/qemu-img');
  writeFileSync(
    tool,
    `#!/bin/sh\nfor word; do case $word in of=*) cp '${folder}/table' "\${word#of=}" ;; esac; done\n`,
  );
  chmodSync(tool, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Tampers with a machine whose first disk begins with such a table. @returns how the program ended */
function tamper(count: number, size: number): { stderr: string; signal: string | null } {
  const table = Buffer.alloc(34 * sector);
  table.write('EFI PART', sector);
  table.writeUInt32LE(count, sector + 80);
  table.writeUInt32LE(size, sector + 84);
  writeFileSync(join(folder, 'table'), table);
  const env = { ...process.env, PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` };
  const args = [program, 'command-line', folder, ''];
  const { stderr, signal } = spawnSync('python3', args, { env, encoding: 'utf8', timeout: timeoutMs });
  return { stderr, signal };
}

test.each([
  [0xff_ff_ff_ff, 128],
  [1_025, 128],
  [128, 0],
  [128, 127],
  [128, 8_192],
])('%i entries of %i bytes are refused at once', (count, size) => {
  const { stderr, signal } = tamper(count, size);
  expect(signal).toBeNull();
  expect(stderr).toContain(`has ${count} entries of ${size} bytes, expected at most 1024 of 128 to 4096`);
});

test.each([
  [128, 128],
  // The last entries are behind what was read.
  [1_024, 4_096],
])('%i entries of %i bytes are read, as far as they are there', (count, size) => {
  expect(tamper(count, size).stderr).toContain('found no partition of type');
});
