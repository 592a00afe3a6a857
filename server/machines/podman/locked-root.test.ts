// Which mount of the host is a machine's root: never one outside the product's own storage.
import { expect, test } from 'vitest';
import { readMounts, rootOnHost } from './locked-root.ts';

const inside = readMounts(
  '312 267 0:75 / / ro,relatime - overlay overlay rw,lowerdir=/x\n313 312 7:2 / /disk rw - ext4 /dev/loop2 rw\n',
);
const storage = '/var/lib/eu-os labs/root';

test('the overlay with the same device below the storage', () => {
  const own = readMounts(
    '25 1 254:0 / / rw - ext4 /dev/vda rw\n' +
      '30 25 0:75 / /var/lib/eu-os\\040labs/root/overlay/ab/merged rw,relatime - overlay overlay rw\n',
  );
  expect(rootOnHost(inside, own, storage)).toBe('/var/lib/eu-os labs/root/overlay/ab/merged');
});

test.each([
  ['elsewhere', '30 25 0:75 / /home/x/merged rw - overlay overlay rw'],
  ['of another device', '30 25 0:76 / /var/lib/eu-os\\040labs/root/overlay/ab/merged rw - overlay overlay rw'],
  ['that is no overlay', '30 25 0:75 / /var/lib/eu-os\\040labs/root/vfs/dir rw - ext4 /dev/vda rw'],
])('not one %s', (_, row) => {
  expect(() => rootOnHost(inside, readMounts(row), storage)).toThrow(/0:75.*overlay storage driver/);
});
