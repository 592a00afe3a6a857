// kill -9 of the server in the middle of a `podman build`: the build goes on, the screen is whole, the reader comes back.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { readConfig } from '../../server/config.ts';
import { createPodmanEngine } from '../../server/machines/podman/podman-engine.ts';
import type { SessionView } from '../../server/protocol/messages.ts';
import { shutdownPtyHost } from '../../server/terminals/pty-host-launcher.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { PageTerminal } from '../support/page-terminal.ts';
import { until } from '../support/test-lab-server.ts';

const main = join(import.meta.dirname, '../../server/main.ts');
/** Images may have to be built first. */
const readyWithinMs = 1_500_000;
/** Six seconds of ticks and what podman needs around them on a busy host. */
const builtWithinMs = 120_000;

const build = [
  "cat > Containerfile <<'X'",
  'FROM registry.lab/eu-os/base:13',
  'RUN for i in $(seq 30); do echo tick-$i; sleep 0.2; done',
  'X',
  'podman build -t killed .',
].join('\n');

test('a build outlives its server', { timeout: readyWithinMs + 2 * builtWithinMs }, async () => {
  const { storageDir } = readConfig([], process.env);
  const stateDir = mkdtempSync(join(tmpdir(), 'labs-'));
  const start = () => {
    const flags = ['--state-dir', stateDir, '--storage-dir', storageDir, '--port', '0', '--prepared', '0'];
    const child = execa(process.execPath, [main, ...flags, '--log-level', 'error'], { all: true, reject: false });
    let output = '';
    child.all.on('data', (data: Buffer) => (output += data.toString()));
    const url = () =>
      until(
        () => /http:\/\/[\w.:]+/.exec(output)?.[0] ?? '',
        (found) => found !== '' || child.exitCode !== null,
      );
    return { child, url };
  };
  const engine = createPodmanEngine({ stateDir, storageDir });
  let server = start();
  try {
    const reader = new LabReader(await server.url());
    const { id } = await reader.call<SessionView>('POST', '/api/sessions', { lab: 'build-image' });
    const session = await until(
      () => reader.call<SessionView>('GET', `/api/sessions/${id}`),
      ({ state }) => state === 'ready' || state === 'failed',
      readyWithinMs,
    );
    expect(session).toMatchObject({ state: 'ready' });
    const page = new PageTerminal(1, 100, 30);
    page.use(await reader.openSocket(session));
    page.attach();
    await page.waitForText(/[$#] ?$/);
    page.request({ type: 'run', terminal: 1, block: 'test#build', command: build });
    await page.waitForText(/^tick-5$/m, builtWithinMs);
    server.child.kill('SIGKILL');
    await server.child;
    server = start();
    const back = new LabReader(await server.url(), reader.cookie);
    page.use(await back.openSocket(await back.call<SessionView>('GET', `/api/sessions/${id}`)));
    page.attach();
    await until(
      () => page.blocks.get('test#build'),
      (run) => run?.state === 'done',
      builtWithinMs,
    );
    expect(page.blocks.get('test#build')).toMatchObject({ exitStatus: 0 });
    const ticks = [...page.text().matchAll(/^tick-(\d+)$/gm)].map(([, number]) => Number(number));
    expect(ticks).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    page.disconnect();
    await back.call('DELETE', `/api/sessions/${id}`);
    expect(await engine.open()).toBeUndefined();
    expect(await engine.list()).toEqual([]);
  } finally {
    server.child.kill('SIGTERM');
    await server.child;
    await shutdownPtyHost(stateDir);
    if ((await engine.open()) === undefined) for (const id of await engine.list()) await engine.stop(id);
    rmSync(stateDir, { recursive: true, force: true });
  }
});
