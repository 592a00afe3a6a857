// A container's part of a saved state: what a sandbox that starts from it has and what it does not have.
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../server/config.ts';
import { storedDir } from '../../server/machines/vm/vm-place.ts';
import { openRealSandboxes, testMachine, type RealSandboxes } from '../support/real-sandbox.ts';

/** As in the lessons' lab: builds need more than the small machines of other tests. */
const machines = [{ ...testMachine, memoryMiB: 1500, cpus: 2, pids: 1000 }];
/** A name of its own, because other tests and the lessons have theirs in the same storage. */
const lab = { lab: `state-${process.pid}`, machines, diskMiB: 2_000 };
const buildTimeoutMs = 120_000;

/** Makes everything that an archive may lose. Run before saving. */
const fill = `
cd /root
install -m 4755 /usr/bin/id setuid-id
install -m 755 /usr/bin/id with-capability && setcap cap_net_raw+ep with-capability
chown 1234:5678 with-capability; setcap cap_net_raw+ep with-capability
echo one > one && ln one two && ln -s gone dangling
printf x > "a name
with a line break"
truncate -s 1G sparse
head -c 80M /dev/urandom > big
mkfifo pipe && python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("/root/socket")'
rm /etc/bash.bashrc
rm -r /usr/share/doc/podman && mkdir /usr/share/doc/podman && echo new > /usr/share/doc/podman/note
mkdir -p os && printf 'FROM registry.lab/eu-os/base:13\\nRUN rm /etc/os-release && echo built > /etc/built\\n' > os/Containerfile
podman build -q -t registry.lab/my/os:1 os && podman push -q registry.lab/my/os:1
podman run --name old registry.lab/my/os:1 true
`;

let sandboxes: RealSandboxes;
let before: string;
let after: string;

beforeAll(async () => {
  sandboxes = await openRealSandboxes();
  before = await sandboxes.start(machines[0], { diskMiB: lab.diskMiB });
  const filled = await sandboxes.sh(before, `set -eu; ${fill}`, buildTimeoutMs);
  if (filled.exitCode !== 0) throw new Error(filled.stdout + filled.stderr);
  await sandboxes.engine.saveState(before, lab, 'test/saved', 'key');
  after = randomBytes(8).toString('hex');
  const spec = { ...lab, id: after, from: 'test/saved' };
  await sandboxes.engine.start(spec, new AbortController().signal);
});

afterAll(async () => {
  await sandboxes?.[Symbol.asyncDispose]();
  const states = join(storedDir(readConfig([], process.env).storageDir), 'states');
  await rm(join(states, lab.lab), { recursive: true, force: true });
  await rm(join(states, `${lab.lab}.lock`), { force: true });
});

/** What a program prints in the new sandbox. */
async function says(script: string): Promise<string> {
  const { stdout, stderr } = await sandboxes.sh(after, `cd /root; ${script}`, buildTimeoutMs);
  return (stdout + stderr).trim();
}

test('the state is known by its name and its key', async () => {
  expect(await sandboxes.engine.states(lab)).toEqual(['test/saved']);
  expect(await sandboxes.engine.stateKey(lab, 'test/saved')).toBe('key');
  expect(await sandboxes.engine.states({ ...lab, machines: [{ ...testMachine, name: 'other' }] })).toEqual([]);
});

test('the sandbox that was saved goes on', async () => {
  expect((await sandboxes.sh(before, 'cat /root/one')).stdout).toBe('one\n');
});

describe('a sandbox that starts from it', () => {
  test.each([
    ['setuid bits', 'stat -c %a setuid-id', '4755'],
    ['owners', 'stat -c %u:%g with-capability', '1234:5678'],
    ['file capabilities', 'getcap with-capability', 'with-capability cap_net_raw=ep'],
    ['hard links', 'test one -ef two && cat two', 'one'],
    ['symbolic links', 'readlink dangling', 'gone'],
    ['holes in files', 'du -k sparse | cut -f1', '0'],
    ['names with line breaks', 'ls -b | grep break', 'a\\ name\\nwith\\ a\\ line\\ break'],
    ['whiteouts: what was removed from the image', 'ls /etc/bash.bashrc', 'No such file or directory'],
    ['folders that hide the image’s', 'ls /usr/share/doc/podman', 'note'],
    ['no pipes and sockets', 'ls pipe socket 2>&1 | grep -c "No such"', '2'],
    ['no processes’ files', 'test -e /run/lab/ready && echo new', 'new'],
  ])('has %s', async (_what, script, expected) => {
    expect(await says(script)).toContain(expected);
  });

  test('has the images that were built, and they run, layers and whiteouts too', async () => {
    expect(await says('podman run --rm registry.lab/my/os:1 sh -c "cat /etc/built; ls /etc/os-release"')).toMatch(
      /^built\nls: cannot access '\/etc\/os-release'/,
    );
    expect(await says('podman ps --all --format "{{.Names}}"')).toBe('old');
  });

  test('has what was pushed, can build on it, and push that', async () => {
    const build =
      'printf "FROM registry.lab/my/os:1\\nRUN touch /etc/more\\n" | podman build -q -t registry.lab/my/os:2 -';
    expect(
      await says(`${build} && podman push -q registry.lab/my/os:2 && skopeo list-tags docker://registry.lab/my/os`),
    ).toContain('"2"');
  });
});

test('a state that does not fit on the disk makes no sandbox, and nothing is left behind', async () => {
  const id = randomBytes(8).toString('hex');
  const spec = { ...lab, id, diskMiB: 64, from: 'test/saved' };
  await expect(sandboxes.engine.start(spec, new AbortController().signal)).rejects.toMatchObject({
    code: 'LAB_ERR_START',
  });
  expect(await sandboxes.engine.status(id)).toBe('absent');
});

test('neither does a state that does not exist', async () => {
  const spec = { ...lab, id: randomBytes(8).toString('hex'), from: 'test/gone' };
  await expect(sandboxes.engine.start(spec, new AbortController().signal)).rejects.toThrow('npm run states');
});
