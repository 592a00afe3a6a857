// The plain Debian from which all images start: pulled if a registry can be reached, otherwise made from packages.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startProgram } from '../../start-program.ts';
import { runBuildCommand } from './build-command.ts';
import type { Mirror } from './image-mirror.ts';
import type { Podman } from './podman-command.ts';

export const debianSuite = 'trixie';
const registryImage = 'docker.io/library/debian:13';
/** What mmdebstrap does beyond its default; part of the images' hash. */
export const debianRecipe = [
  '--variant=minbase',
  '--components=main',
  '--include=ca-certificates',
  '--skip=output/dev',
  '--aptopt=Acquire::Languages "none"',
  // The package sources are where the registry's image has them; the host's name and network are left out.
  '--customize-hook=mv "$1/etc/apt/sources.list" "$1/etc/apt/sources.list.d/debian.list"',
  '--customize-hook=rm -f "$1/etc/hostname" "$1/etc/resolv.conf"; : > "$1/etc/machine-id"',
];

/** A registry that answers at all does so within a second; four leave room for a slow line. */
const probeTimeoutMs = 4_000;
const makeTimeoutMs = 15 * 60_000;

export interface DebianRequest {
  podman: Podman;
  mirror: Mirror;
  /** Scratch folder, on the disk of the storage. */
  workDir: string;
  logDir: string;
  tag: string;
  signal: AbortSignal;
}

/** Puts the image `tag` into the storage. @throws {LabError} LAB_ERR_IMAGE */
export async function makeDebian(request: DebianRequest): Promise<void> {
  if (await registryAnswers()) await pull(request);
  else await bootstrap(request);
}

async function registryAnswers(): Promise<boolean> {
  const { exitCode } = await startProgram('skopeo', ['inspect', '--no-tags', `docker://${registryImage}`], {
    reject: false,
    stdin: 'ignore',
    timeout: probeTimeoutMs,
  });
  return exitCode === 0;
}

async function pull({ podman, logDir, tag, signal }: DebianRequest): Promise<void> {
  await runBuildCommand({
    file: 'podman',
    args: [...podman.globalArgs(), 'pull', registryImage],
    log: join(logDir, 'debian.log'),
    what: 'Debian 13',
    source: registryImage,
    timeoutMs: makeTimeoutMs,
    signal,
  });
  await podman.run(['tag', registryImage, tag], { timeoutMs: 60_000, signal });
  await podman.run(['untag', registryImage, registryImage], { timeoutMs: 60_000, signal });
}

async function bootstrap({ podman, mirror, workDir, logDir, tag, signal }: DebianRequest): Promise<void> {
  await mkdir(workDir, { recursive: true });
  const tar = join(workDir, 'debian.tar');
  const common = { what: 'Debian 13', source: mirror.name, timeoutMs: makeTimeoutMs, signal, env: mirror.env };
  await runBuildCommand({
    ...common,
    file: 'mmdebstrap',
    // Root works in place, anybody else in a user namespace.
    args: [
      `--mode=${process.getuid?.() === 0 ? 'root' : 'unshare'}`,
      ...debianRecipe,
      debianSuite,
      tar,
      ...mirror.sources,
    ],
    log: join(logDir, 'debian.log'),
    env: { ...mirror.env, TMPDIR: workDir },
  });
  await runBuildCommand({
    ...common,
    file: 'podman',
    args: [...podman.globalArgs(), 'import', '--quiet', tar, tag],
    log: join(logDir, 'debian-import.log'),
  });
  await rm(tar);
}
