// Which parts of a disk no file uses, according to dumpe2fs: a wrong offset would damage the disk.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

function holes(dump: string, start = 0): string[] {
  const printed = execFileSync('awk', ['-v', `start=${start}`, '-f', join(import.meta.dirname, 'holes')], {
    input: dump,
    encoding: 'utf8',
  });
  return printed.split('\n').filter((line) => line !== '');
}

const dump = `Block count:              524288
Free blocks:              412345
Block size:               4096
Group 0: (Blocks 0-32767) csum 0x1234 [ITABLE_ZEROED]
  22 free blocks, 6000 free inodes, 2 directories
  Free blocks: 10-19, 32767
  Free inodes: 12-6000
Group 1: (Blocks 32768-65535)
  Free blocks: 
Group 2: (Blocks 65536-98303)
  Free blocks: 65536
`;

test('runs of free blocks become offsets and lengths in bytes', () => {
  expect(holes(dump)).toEqual(['40960 40960', '134213632 4096', '268435456 4096']);
});

test('each offset counts from the beginning of the disk, not of the file system', () => {
  expect(holes(dump, 1_048_576)[0]).toBe('1089536 40960');
});

test('offsets beyond four gigabytes are whole numbers', () => {
  expect(holes('Block size:   4096\n  Free blocks: 2000000-2000001\n')).toEqual(['8192000000 8192']);
});

test('counts of free blocks and inodes are not taken for runs', () => {
  expect(holes('Free blocks:   5\nBlock size:  4096\n  Free inodes: 1-2\n')).toEqual([]);
});
