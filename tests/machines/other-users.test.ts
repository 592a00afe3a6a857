// Another user of the host, while sessions run, can read, write, lock and connect to nothing that the product stores.
import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { chmodSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../server/config.ts';
import { readHostFacts } from '../../server/machines/podman/host-facts.ts';
import { createPodman } from '../../server/machines/podman/podman-command.ts';
import { runRoot } from '../../server/machines/podman/run-root.ts';
import { serverIdentityLabel } from '../../server/machines/podman/sandbox-containers.ts';
import { storedDir } from '../../server/machines/vm/vm-place.ts';
import { ServerProcess } from '../support/server-process.ts';
import { reachedByNobody } from './support/as-nobody.ts';

/** Only root can become the user `nobody`. */
const isPossible = process.getuid?.() === 0;
if (!isPossible) console.warn('not tested here: what other users of the host can reach (needs root)');
/** Images and the template may have to be made first. */
const readyWithinMs = 30 * 60_000;
/** A crowded podman takes some seconds. */
const listTimeoutMs = 60_000;
/** A start under full load was seen to take 8 s. */
const startWithinMs = 60_000;

/**
 * What podman itself leaves readable and creates again at every start: names of image layers, which cannot be entered. The
 * storage driver lists them in these folders.
 */
const layerNames = /\/overlay(\/l)?$/;

/** What a name leads to; the name itself if that has gone meanwhile. */
function realpath(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

describe.runIf(isPossible)('another user of the host', () => {
  const { storageDir } = readConfig([], process.env);
  let server: ServerProcess;

  beforeAll(async () => {
    // Polled often while images and template are made.
    server = await ServerProcess.start({ flags: ['--requests-per-minute', '100000'] });
    for (const lab of ['build-image', 'encrypt-disk']) await server.startSession(server.url, lab);
  }, readyWithinMs);
  afterAll(() => server?.[Symbol.asyncDispose]());

  test('the test’s own method finds what is open', async () => {
    const open = mkdtempSync(join(tmpdir(), 'open-'));
    const socket = createServer().listen(join(open, 'socket'));
    try {
      chmodSync(open, 0o777);
      writeFileSync(join(open, 'file'), '');
      chmodSync(join(open, 'file'), 0o666);
      await new Promise((resolve) => socket.once('listening', resolve));
      chmodSync(join(open, 'socket'), 0o777);
      const { reached } = await reachedByNobody([open]);
      const deeds = Object.fromEntries(reached.map(({ path, deeds }) => [path.slice(open.length), deeds]));
      expect(deeds).toEqual({ '': ['list', 'make'], '/file': ['read', 'lock', 'write'], '/socket': ['connect'] });
    } finally {
      socket.close();
      rmSync(open, { recursive: true });
    }
  });

  test('reaches nothing below the state directory: disks, sockets, locks, records', async () => {
    const { tried, reached } = await reachedByNobody([server.stateDir]);
    // This includes the disks of two sessions.
    expect(tried).toBeGreaterThan(100);
    expect(reached).toEqual([]);
  });

  test(
    'reaches nothing below the storage directory and podman’s run root',
    { timeout: 4 * startWithinMs },
    async () => {
      const roots = [...new Set([storageDir, runRoot(storageDir)])];
      // A machine that another server is starting at this moment is closed once it runs.
      await expect
        .poll(
          async () => {
            const { tried, reached } = await reachedByNobody(roots);
            expect(tried).toBeGreaterThan(100);
            const earlier = await earlierMachines();
            return reached
              .filter(({ path, deeds }) => !(layerNames.test(path) && deeds.join() === 'list'))
              .filter(({ path }) => !earlier.some((name) => realpath(path).includes(name)));
          },
          { timeout: startWithinMs },
        )
        .toEqual([]);
    },
  );

  /**
   * Containers whose sessions go on and that a server of an earlier version started, which left their folders open: by their
   * names in podman's folders.
   */
  async function earlierMachines(): Promise<string[]> {
    const { runtime } = await readHostFacts();
    const podman = createPodman({ storageDir, runtime });
    const list = ['ps', '--all', '--format', `{{.ID}} {{index .Labels "${serverIdentityLabel}"}}`, '--no-trunc'];
    const ids = (await podman.run(list, { timeoutMs: listTimeoutMs }))
      .split('\n')
      .filter((line) => /^[0-9a-f]+ *$/.test(line))
      .map((line) => line.trim());
    const names = ids.map(async (id) => {
      const inspect = ['container', 'inspect', '--format', '{{.GraphDriver.Data.UpperDir}}', id];
      const { stdout } = await podman.capture(inspect, { timeoutMs: listTimeoutMs });
      // A container that has gone meanwhile has none.
      return stdout.trim() === '' ? [id] : [id, basename(dirname(stdout.trim()))];
    });
    return (await Promise.all(names)).flat();
  }

  test('the path contains a folder that only this user may enter', async () => {
    for (const dir of [join(server.stateDir, 'sessions'), dirname(storedDir(storageDir))])
      expect((await stat(dir)).mode & 0o777, dir).toBe(0o700);
  });
});
