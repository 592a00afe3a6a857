// The line about the weight of all sandboxes: only on a host with cgroup v1, with many of them, and with too little weight.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CgroupMode, HostFacts } from '../../server/machines/podman/host-facts.ts';
import { probeProcessorWeight, weightLine } from './processor-weight.ts';

let group: string;
beforeEach(() => (group = mkdtempSync(path.join(tmpdir(), 'processor-weight-'))));
afterEach(() => rmSync(group, { recursive: true }));

const many = availableParallelism() + 1;

/** A group as podman leaves it: one group for each container, and other groups beside them. */
function fill(containers: number, shares: number): void {
  for (let at = 0; at < containers; at++) mkdirSync(path.join(group, `libpod-${at.toString(16).padStart(64, '0')}`));
  mkdirSync(path.join(group, 'conmon'));
  writeFileSync(path.join(group, 'cpu.shares'), `${shares}\n`);
}

const probe = (cgroupMode: CgroupMode) => probeProcessorWeight({ host: { cgroupMode } as HostFacts }, group);

test('many containers with the weight of one process: the line says how many, where, and the command', async () => {
  fill(many, 1024);
  const line = await probe('hybrid');
  expect(line).toMatchObject({
    state: 'warn',
    mend: expect.stringContaining(`echo ${many * 1024} > ${group}/cpu.shares`),
  });
  expect(line?.found).toContain(`${many} containers together weigh as much as one process of this host`);
});

test('nothing is said with cgroup v2, with few containers, or with enough weight', async () => {
  fill(many, 1024);
  expect(await probe('v2')).toBeUndefined();
  writeFileSync(path.join(group, 'cpu.shares'), `${many * 1024}\n`);
  expect(await probe('v1')).toBeUndefined();
  rmSync(path.join(group, `libpod-${'0'.repeat(64)}`), { recursive: true });
  writeFileSync(path.join(group, 'cpu.shares'), '1024\n');
  expect(await probe('v1')).toBeUndefined();
});

test('nothing is said where podman has no such group', async () => {
  expect(await probe('v1')).toBeUndefined();
});

test('the weight never exceeds 262144, the kernel’s limit', () => {
  expect(weightLine(4096, 1_000, '/x')).toMatchObject({
    found: expect.stringContaining('as much as 4 processes'),
    mend: expect.stringContaining('echo 262144 > /x'),
  });
  expect(weightLine(262_144, 1_000, '/x')).toBeUndefined();
});
