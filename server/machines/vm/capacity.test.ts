// A lab that asks for more than the host has is refused with what was found, expected, and the fix.
import { expect, test } from 'vitest';
import { vmSpec } from '../../../tests/support/vm-spec.ts';
import type { MachineSpec, VmSpec } from '../engine.ts';
import { checkCapacity } from './capacity.ts';

const host = { memoryMiB: 8_192, cpus: 2 };
const vm = (changes: Partial<VmSpec>) => vmSpec({ memoryMiB: 1_024, ...changes });
const container: MachineSpec = { type: 'container', name: 'c', image: 'i', memoryMiB: 90_000, cpus: 16, pids: 100 };

test('what fits is accepted; a container’s limits do not count as a demand', () => {
  expect(() => checkCapacity('x', [vm({}), vm({ memoryMiB: 6_272, cpus: 2 }), container], host)).not.toThrow();
});

test('too many processors', () => {
  expect(() => checkCapacity('x', [vm({ cpus: 3 })], host)).toThrow(
    'labs/x/lab.yaml: machine desktop asks for 3 processors, but this host has 2; lower its `cpus`, or use a larger host',
  );
});

test('too much memory, of all machines together', () => {
  expect(() => checkCapacity('x', [vm({ memoryMiB: 5_000 }), vm({ name: 'server', memoryMiB: 5_000 })], host)).toThrow(
    'labs/x/lab.yaml: its virtual machines take 10896 MiB of memory (desktop 5000, server 5000, plus 448 for each), but this host has 8192',
  );
});

test('the memory of QEMU itself counts, too', () => {
  expect(() => checkCapacity('x', [vm({ memoryMiB: 8_192 - 448 })], host)).not.toThrow();
  expect(() => checkCapacity('x', [vm({ memoryMiB: 8_192 - 447 })], host)).toThrow('take 8193 MiB');
});
