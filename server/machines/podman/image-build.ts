// One build, from an empty work folder to a tagged image; run under the build lock. Leftovers of an earlier one go first.
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../../protocol/messages.ts';
import { runBuildCommand } from './build-command.ts';
import { makeFolder } from '../../closed-files.ts';
import { debianSuite, makeDebian } from './debian-base.ts';
import { authorityDir, authorityFingerprint, makeAuthority } from './image-authority.ts';
import { removeLeftovers, removeOldTags } from './image-cleanup.ts';
import { findMirror, type Mirror } from './image-mirror.ts';
import { BuildProgress } from './image-progress.ts';
import { imagesOnBase, imageSteps, imageTags, stepOfLine, type ImageName, type ImageTags } from './image-recipes.ts';
import { loginKeyDir, loginKeyFingerprint, makeLoginKey } from './login-key.ts';
import { mapImage } from './mapped-image.ts';
import { podmanBuild } from './podman-build.ts';
import type { Podman } from './podman-command.ts';

/** The slowest step takes a minute on a small machine; a slow mirror may take ten times as long. */
const stepTimeoutMs = 30 * 60_000;
/** The name of the base inside sandboxes. */
const baseReference = 'registry.lab/eu-os/base:13';

export interface ImageBuildOptions {
  storageDir: string;
  imagesDir: string;
  mirror: string | undefined;
  podman: Podman;
  signal: AbortSignal;
  tell: (progress: Progress) => void;
  exists: (tag: string) => Promise<boolean>;
}

export class ImageBuild {
  readonly #options: ImageBuildOptions;
  readonly #workDir: string;
  readonly #logDir: string;
  #mirror: Mirror = { name: '', sources: [], env: {} };

  constructor(options: ImageBuildOptions) {
    this.#options = options;
    this.#workDir = join(options.storageDir, 'build');
    this.#logDir = join(options.storageDir, 'build-logs');
  }

  /** Builds the image and those that it is built on. @throws {LabError} LAB_ERR_IMAGE */
  async build(name: ImageName): Promise<void> {
    const { storageDir, podman, tell, exists } = this.#options;
    await removeLeftovers(podman, this.#workDir);
    // An ordinary user's mmdebstrap works in it under other ids.
    await makeFolder(this.#workDir, process.getuid?.() === 0 ? 0o700 : 0o711);
    await makeLoginKey(storageDir);
    const known = await authorityFingerprint(storageDir);
    const before = await this.#tags();
    const needsBase = name === 'os-base' || imagesOnBase.includes(name);
    const baseMissing = needsBase && (known === undefined || !(await exists(before['os-base'])));
    const debianMissing = !(await exists(before.debian));
    const plan = [
      ...(debianMissing ? ['debian'] : []),
      ...(known === undefined ? ['authority'] : []),
      ...(baseMissing ? imageSteps['os-base'] : []),
      ...(name === 'os-base' ? [] : imageSteps[name]),
    ];
    using progress = new BuildProgress(storageDir, plan, tell);
    this.#mirror = await findMirror(debianSuite, this.#options.mirror);
    if (debianMissing) await this.#debian(before.debian, progress);
    if (known === undefined) await this.#authority(before.debian, progress);
    const tags = await this.#tags();
    if (baseMissing) await this.#osBase(tags, progress);
    if (name === 'workstation') {
      await this.#workstation(tags, progress);
      await mapImage(podman, tags.workstation, this.#options.signal);
    }
    if (name === 'vm-host') {
      await this.#vmHost(tags, progress);
      await mapImage(podman, tags['vm-host'], this.#options.signal);
    }
    // No sandbox runs from it: a disk is made from it, which needs no mapped ids.
    if (name === 'desktop') await this.#desktop(tags, progress);
    await progress.finish();
    await removeOldTags(podman, Object.values(tags));
    await removeLeftovers(podman, this.#workDir);
  }

  async #tags(): Promise<ImageTags> {
    const { storageDir, imagesDir } = this.#options;
    const authority = (await authorityFingerprint(storageDir)) ?? '';
    return imageTags(imagesDir, authority, (await loginKeyFingerprint(storageDir)) ?? '');
  }

  async #debian(tag: string, progress: BuildProgress): Promise<void> {
    progress.step('debian');
    const { podman, signal } = this.#options;
    await makeDebian({ podman, mirror: this.#mirror, workDir: this.#workDir, logDir: this.#logDir, tag, signal });
  }

  async #authority(debian: string, progress: BuildProgress): Promise<void> {
    progress.step('authority');
    await makeAuthority(this.#options.storageDir, (folder) =>
      this.#podmanBuild('authority', join(this.#options.imagesDir, 'authority'), [
        '--volume',
        `${folder}:/authority`,
        '--build-arg',
        `DEBIAN=${debian}`,
      ]),
    );
  }

  async #osBase(tags: ImageTags, progress: BuildProgress): Promise<void> {
    progress.step('os-base:packages');
    const context = join(this.#workDir, 'os-base');
    await copyContext(join(this.#options.imagesDir, 'os-base'), context);
    const authority = authorityDir(this.#options.storageDir);
    await addFile(
      join(authority, 'ca.crt'),
      join(context, 'files/usr/share/ca-certificates/eu-os-labs'),
      'sandbox-authority.crt',
    );
    await addFile(
      join(authority, 'packages.asc'),
      join(context, 'files/usr/share/keyrings'),
      'eu-os-labs-packages.asc',
    );
    await this.#podmanBuild(
      'os-base',
      context,
      // One layer: no layer below keeps what a step has deleted, and an installation writes every file once.
      ['--squash-all', '--build-arg', `DEBIAN=${tags.debian}`, '--tag', tags['os-base']],
      (line) => progress.step(stepOfLine('os-base', line) ?? ''),
    );
  }

  async #vmHost(tags: ImageTags, progress: BuildProgress): Promise<void> {
    progress.step('vm-host:packages');
    const context = join(this.#workDir, 'vm-host');
    await copyContext(join(this.#options.imagesDir, 'vm-host'), context);
    await this.#podmanBuild(
      'vm-host',
      context,
      [
        '--squash-all',
        '--volume',
        `${loginKeyDir(this.#options.storageDir)}:/tmp/login:ro`,
        '--build-arg',
        `DEBIAN=${tags.debian}`,
        '--tag',
        tags['vm-host'],
      ],
      (line) => progress.step(stepOfLine('vm-host', line) ?? ''),
    );
  }

  async #desktop(tags: ImageTags, progress: BuildProgress): Promise<void> {
    progress.step('desktop:packages');
    const context = join(this.#workDir, 'desktop');
    await copyContext(join(this.#options.imagesDir, 'desktop'), context);
    await addFile(join(loginKeyDir(this.#options.storageDir), 'id_ed25519.pub'), context, 'vm-login.pub');
    await this.#podmanBuild(
      'desktop',
      context,
      [
        // One layer, which the disk holds as one commit.
        '--squash-all',
        '--build-arg',
        `DEBIAN=${tags.debian}`,
        '--build-arg',
        `OS_BASE=${tags['os-base']}`,
        '--tag',
        tags.desktop,
      ],
      (line) => progress.step(stepOfLine('desktop', line) ?? ''),
    );
  }

  async #workstation(tags: ImageTags, progress: BuildProgress) {
    progress.step('workstation:base');
    const base = join(this.#workDir, 'base');
    await this.#exportBase(tags['os-base'], base);
    const context = join(this.#workDir, 'workstation');
    await copyContext(join(this.#options.imagesDir, 'workstation'), context);
    await this.#podmanBuild(
      'workstation',
      context,
      [
        '--volume',
        `${authorityDir(this.#options.storageDir)}:/tmp/authority:ro`,
        '--volume',
        `${base}:/tmp/base:ro`,
        // In the last step this build acts as registry.lab for a moment, in a network of its own.
        '--cap-add',
        'SYS_ADMIN,NET_ADMIN',
        '--build-arg',
        `DEBIAN=${tags.debian}`,
        '--build-arg',
        `OS_BASE=${tags['os-base']}`,
        '--tag',
        tags.workstation,
      ],
      (line) => progress.step(stepOfLine('workstation', line) ?? ''),
    );
  }

  /** The base as a registry would have it (`oci`), and as an image store with the same digest (`store`). */
  async #exportBase(osBase: string, folder: string): Promise<void> {
    const { podman } = this.#options;
    await mkdir(folder, { recursive: true });
    await this.#run('base-export', 'podman', [...podman.globalArgs(), 'push', osBase, `oci:${folder}/oci:13`]);
    const store = `containers-storage:[overlay@${folder}/store+${folder}/run]${baseReference}`;
    // The store's driver mounts its own folder; in a mount namespace of its own, that mount goes away with skopeo.
    const copy = ['unshare', '--mount', 'skopeo', 'copy', '--preserve-digests', `oci:${folder}/oci:13`, store];
    // An ordinary user's store is written inside the user namespace that podman gives out.
    const [file = '', ...args] = process.getuid?.() === 0 ? copy : ['podman', 'unshare', ...copy];
    await this.#run('base-store', file, args);
  }

  #podmanBuild(name: string, context: string, args: string[], onLine?: (line: string) => void): Promise<void> {
    return podmanBuild({ podman: this.#options.podman, context, args, ...this.#command(name, onLine) });
  }

  #run(name: string, file: string, args: string[]): Promise<void> {
    return runBuildCommand({ file, args, ...this.#command(name) });
  }

  #command(name: string, onLine?: (line: string) => void) {
    return {
      log: join(this.#logDir, `${name}.log`),
      what: name,
      source: this.#mirror.name,
      timeoutMs: stepTimeoutMs,
      signal: this.#options.signal,
      env: this.#mirror.env,
      ...(onLine === undefined ? {} : { onLine }),
    };
  }
}

async function copyContext(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.test.ts') });
}

async function addFile(from: string, folder: string, name: string): Promise<void> {
  // Its rights become those of the image.
  if (!existsSync(folder)) await makeFolder(folder, 0o755);
  await cp(from, join(folder, name));
  await chmod(join(folder, name), 0o644);
}
