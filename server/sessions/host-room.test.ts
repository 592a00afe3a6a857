import { expect, test } from 'vitest';
import type { Lab } from '../../labs/read-lab.ts';
import { labSchema } from '../../labs/lab-schema.ts';
import { roomFor } from './host-room.ts';

function lab(id: string, machine: object): Lab {
  const machines = [{ name: 'm', ...machine }];
  return { id, dir: id, file: labSchema.parse({ title: id, machines, disk: 64, terminals: [{ machine: 'm' }] }) };
}

const container = lab('container', { image: 'box', memory: 1_500, cpus: 1, pids: 64 });
const vm = lab('vm', { type: 'vm', memory: 1_024, disks: [{ name: 'system', size: 64 }] });
const none = () => [];

test('a container counts with its whole memory limit, a virtual machine with what it really takes', () => {
  const freeMiB = () => 15_000;
  expect(roomFor({ labs: [container], seats: undefined, freeMiB, starting: none }).seats).toBe(10);
  expect(roomFor({ labs: [vm], seats: undefined, freeMiB, starting: none }).seats).toBe(39);
  expect(roomFor({ labs: [vm, container], seats: undefined, freeMiB, starting: none }).seats).toBe(10);
  expect(roomFor({ labs: [vm], seats: undefined, freeMiB: () => -100, starting: none }).seats).toBe(1);
});

test('memory is checked again for each start, less what was promised', () => {
  let free = 3_000;
  let starting = [{ lab: container }];
  const { hasMemory } = roomFor({ labs: [container], seats: undefined, freeMiB: () => free, starting: () => starting });
  expect(hasMemory(container)).toBe(true);
  starting = [...starting, { lab: container }];
  expect(hasMemory(container)).toBe(false);
  starting = [];
  free = 1_400;
  expect(hasMemory(container)).toBe(false);
  expect(hasMemory(vm)).toBe(true);
});

test('seats that the operator has set are not checked against memory', () => {
  const { seats, hasMemory } = roomFor({ labs: [vm], seats: 200, freeMiB: () => 0, starting: none });
  expect([seats, hasMemory(vm)]).toEqual([200, true]);
});
