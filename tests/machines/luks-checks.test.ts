// The encryption lab's checks that read LUKS headers, run on headers that cryptsetup and systemd-cryptenroll really wrote.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../server/config.ts';
import { createPodmanEngine } from '../../server/machines/podman/podman-engine.ts';
import { execa } from 'execa';
import { runRoot } from '../../server/machines/podman/run-root.ts';
import { readCheckScript } from '../../server/sessions/check-script.ts';
import { todaysShare } from '../support/todays-share.ts';
import { luksCases, luksProlog } from './support/luks-cases.ts';

const lab = { id: 'encrypt-disk', dir: join(import.meta.dirname, '../../labs/encrypt-disk') };
/** One container for all of them; on a host with fifteen jobs per processor they took a quarter of an hour. */
const allWithinMs = 1_800_000;

/** How many of each check's right and wrong answers one run takes; EUOS_LONG=1 takes all. */
const answersPerRun = 2;
const taken = [...new Set(luksCases.map(({ check }) => check))].flatMap((check) => {
  const own = luksCases.filter((each) => each.check === check);
  return [
    ...todaysShare(
      own.filter(({ cause }) => cause === ''),
      answersPerRun,
    ),
    ...todaysShare(
      own.filter(({ cause }) => cause !== ''),
      answersPerRun,
    ),
  ];
});

let stateDir: string;
const said = new Map<number, string>();

/** Each case runs in a subshell of its own and prints its number and the check's first line, or what went wrong before that. */
function script(): string {
  const cases = taken.map(
    ({ check, done }, at) => `
if (rm -rf /root/* /dev/vda3 /dev/vdb; ${luksProlog}
${done}) < /dev/null > /run/done 2>&1; then
  first=$(HOME=/root sh /checks/${check} < /dev/null 2>&1 | head -n 1)
  echo "${at} $first"
else
  echo "${at} not made: $(tail -n 1 /run/done)"
fi`,
  );
  return cases.join('\n');
}

beforeAll(async () => {
  const { storageDir } = readConfig([], process.env);
  stateDir = await mkdtemp(join(tmpdir(), 'eu-os-labs-test-'));
  const engine = createPodmanEngine({ stateDir, storageDir });
  const missing = await engine.open();
  if (missing !== undefined) throw new Error(missing);
  await engine.prepareImage('desktop', () => undefined, new AbortController().signal);
  const podman = ['--root', `${storageDir}/root`, '--runroot', runRoot(storageDir), '--cgroup-manager', 'cgroupfs'];
  const { stdout: image } = await execa('podman', [...podman, 'images', '--quiet', 'eu-os-labs/desktop']);
  const limits = ['--runtime', 'runc'];
  const run = [
    'run',
    '--rm',
    '--interactive',
    '--network',
    'none',
    '--ulimit',
    'nofile=4096:4096',
    '--ulimit',
    'nproc=4096:4096',
  ];
  // Each with what it shares with others, as it comes into a machine.
  const checks = join(stateDir, 'checks');
  await mkdir(checks);
  for (const check of new Set(taken.map((each) => each.check)))
    await writeFile(join(checks, check), await readCheckScript(lab, check));
  const mount = ['--volume', `${checks}:/checks:ro`];
  const { stdout } = await execa(
    'podman',
    [...podman, ...limits, ...run, ...mount, image.split('\n')[0] ?? '', 'bash'],
    {
      input: script(),
      timeout: allWithinMs,
    },
  );
  for (const line of stdout.split('\n')) {
    const [, at, first] = /^(\d+) ?(.*)$/.exec(line) ?? [];
    if (at !== undefined) said.set(Number(at), first ?? '');
  }
}, 2 * allWithinMs);

afterAll(() => rm(stateDir, { recursive: true, force: true }));

test.each(taken.map((each, at) => ({ ...each, at })))('$check: $what → $cause', ({ at, cause }) => {
  const found = said.get(at);
  // The data of a cause counts only where the row has some.
  expect(cause.includes(' ') ? found : found?.split(' ')[0]).toBe(cause);
});

test('each check has at least five wrong answers and five right ones', () => {
  for (const check of new Set(luksCases.map((each) => each.check))) {
    const of = luksCases.filter((each) => each.check === check);
    expect(of.filter(({ cause }) => cause !== '').length, check).toBeGreaterThanOrEqual(5);
    expect(of.filter(({ cause }) => cause === '').length, check).toBeGreaterThanOrEqual(5);
  }
});
