// Makes a sandbox misbehave (fork bomb, full disk, too much memory): it is stopped, and the others keep answering.
import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readHostFacts } from '../../server/machines/podman/host-facts.ts';
import { openRealSandboxes, testDiskMiB, testMachine, type RealSandboxes } from '../support/real-sandbox.ts';

/** An ordinary user cannot set all limits everywhere: npm run doctor says which. */
const { unenforced } = await readHostFacts();

let sandboxes: RealSandboxes;
let other: string;

beforeAll(async () => {
  sandboxes = await openRealSandboxes();
  other = await sandboxes.start();
});

afterAll(async () => {
  await sandboxes?.[Symbol.asyncDispose]();
});

async function otherAnswers() {
  expect((await sandboxes.sh(other, 'echo alive')).stdout).toBe('alive\n');
}

test('a fork bomb ends at the limit of processes', async () => {
  const id = await sandboxes.start();
  const bomb = sandboxes.sh(id, 'f() { f | f & }; f; sleep 5; exit 0', 10_000);
  await otherAnswers();
  await bomb;
  await otherAnswers();
  await sandboxes.engine.stop(id);
  expect(await sandboxes.engine.status(id)).toBe('absent');
});

test.skipIf(unenforced.includes('memory'))('an allocation beyond the limit is killed, not the host', async () => {
  const id = await sandboxes.start();
  const grab = `python3 -c 'x = bytearray(${testMachine.memoryMiB * 2} * 1024 * 1024); print(len(x))'`;
  const result = await sandboxes.sh(id, grab);
  expect(result.stdout).toBe('');
  expect(result.exitCode).not.toBe(0);
  await otherAnswers();
});

test.skipIf(unenforced.includes('disk'))('a full disk is the session’s own, and can be emptied again', async () => {
  const id = await sandboxes.start();
  const fill = await sandboxes.sh(id, `head -c ${testDiskMiB * 2}M /dev/zero > /root/big`);
  expect(fill.stderr).toContain('No space left on device');
  // /usr, /etc and /var are on the same disk, so they are no way around the limit.
  expect((await sandboxes.sh(id, 'head -c 5M /dev/zero > /usr/more')).stderr).toContain('No space left');
  await otherAnswers();
  expect((await sandboxes.sh(other, 'head -c 5M /dev/zero > /root/small')).exitCode).toBe(0);
  expect((await sandboxes.sh(id, 'rm /root/big /usr/more; echo x > /root/again && cat /root/again')).stdout).toBe(
    'x\n',
  );
});

test('a program that hangs is ended with all its children at its time limit', async () => {
  const id = await sandboxes.start();
  const result = await sandboxes.sh(id, 'sleep 987 & sleep 987', 1_000);
  expect(result.exitCode).toBeUndefined();
  expect((await sandboxes.sh(id, 'pgrep -c -f "^sleep 987"')).stdout.trim()).toBe('0');
});

test('ending a sandbox leaves no mount, loop device or id range behind', async () => {
  const id = await sandboxes.start();
  const mountsOf = async () =>
    (await readFile('/proc/self/mounts', 'utf8')).split('\n').filter((row) => row.includes(id));
  if (!unenforced.includes('disk')) expect(await mountsOf()).not.toEqual([]);
  await sandboxes.engine.stop(id);
  expect(await mountsOf()).toEqual([]);
  expect(await sandboxes.engine.list()).not.toContain(id);
  for (const loop of (await readdir('/sys/block')).filter((name) => name.startsWith('loop'))) {
    const backing = await readFile(`/sys/block/${loop}/loop/backing_file`, 'utf8').catch(() => '');
    expect(backing).not.toContain(id);
  }
  await sandboxes.engine.stop(id);
});

test.runIf(unenforced.includes('disk'))(
  'without a limit on the disk, no single file can be larger than the disk should be',
  async () => {
    const id = await sandboxes.start();
    expect((await sandboxes.sh(id, `fallocate --length ${testDiskMiB + 1}M /root/big`)).exitCode).not.toBe(0);
    expect((await sandboxes.sh(id, `fallocate --length ${testDiskMiB}M /root/big && rm /root/big`)).exitCode).toBe(0);
  },
);
