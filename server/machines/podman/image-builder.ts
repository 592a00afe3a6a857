// Prepares the images of labs: built when, and only when, their inputs have changed; never left half built. See docs: architecture.
import { join } from 'node:path';
import { LabError } from '../../errors.ts';
import type { Progress } from '../../protocol/messages.ts';
import { authorityFingerprint } from './image-authority.ts';
import { ImageBuild } from './image-build.ts';
import { takeBuildLock } from './image-lock.ts';
import { loginKeyFingerprint } from './login-key.ts';
import { imageName, imageTags, type ImageName, type ImageTags } from './image-recipes.ts';
import type { Podman } from './podman-command.ts';

/** Asking podman about one image takes 0.05 s, on a loaded machine some seconds. */
const askTimeoutMs = 30_000;

export interface ImageBuilderOptions {
  storageDir: string;
  podman: Podman;
  /** labs/images of this checkout, unless tests name another folder. */
  imagesDir?: string;
  /** EUOS_LABS_MIRROR unless told otherwise. */
  mirror?: string;
}

export interface ImageBuilder {
  /** As Engine.prepareImage. */
  prepareImage(image: string, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<void>;
  /** As Engine.imageDigest. */
  imageDigest(image: string): Promise<string | undefined>;
  /** What to pass to `podman run`; undefined when the image has not been built for the current inputs. */
  reference(image: string): Promise<string | undefined>;
}

/** A build that is running, with all callers that wait for it. */
interface Shared {
  listeners: Set<(progress: Progress) => void>;
  last?: Progress;
  controller: AbortController;
  finished: Promise<void>;
}

export function createImageBuilder(options: ImageBuilderOptions): ImageBuilder {
  return new PodmanImageBuilder(options);
}

class PodmanImageBuilder implements ImageBuilder {
  readonly #options: Required<Omit<ImageBuilderOptions, 'mirror'>> & { mirror: string | undefined };
  readonly #building = new Map<ImageName, Shared>();
  /** What `prepareImage` found or made: saves hashing and asking at every start of a sandbox. */
  readonly #known = new Map<ImageName, string>();

  constructor(options: ImageBuilderOptions) {
    this.#options = {
      imagesDir: join(import.meta.dirname, '../../../labs/images'),
      ...options,
      mirror: options.mirror ?? process.env['EUOS_LABS_MIRROR'],
    };
  }

  async prepareImage(image: string, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<void> {
    const name = imageName(image);
    signal.throwIfAborted();
    let shared = this.#building.get(name);
    if (shared === undefined) {
      shared = this.#begin(name);
      this.#building.set(name, shared);
    }
    await waitFor(shared, onProgress, signal);
  }

  async imageDigest(image: string): Promise<string | undefined> {
    const tag = await this.reference(image);
    if (tag === undefined) return undefined;
    const digest = await this.#options.podman.run(['image', 'inspect', '--format', '{{.Digest}}', tag], {
      timeoutMs: askTimeoutMs,
    });
    return digest.trim();
  }

  async reference(image: string): Promise<string | undefined> {
    const name = imageName(image);
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const tag = (await this.#tags())?.[name];
    if (tag === undefined || !(await this.#exists(tag))) return undefined;
    this.#known.set(name, tag);
    return tag;
  }

  #begin(name: ImageName): Shared {
    const shared: Shared = { listeners: new Set(), controller: new AbortController(), finished: Promise.resolve() };
    const tell = (progress: Progress) => {
      shared.last = progress;
      for (const listener of shared.listeners) listener(progress);
    };
    shared.finished = this.#prepare(name, tell, shared.controller.signal).finally(() => this.#building.delete(name));
    // Every caller that waits gets the error; if all have left, nobody needs it.
    shared.finished.catch(() => undefined);
    return shared;
  }

  async #prepare(name: ImageName, tell: (progress: Progress) => void, signal: AbortSignal): Promise<void> {
    this.#known.delete(name);
    if ((await this.reference(name)) !== undefined) return;
    using _lock = await takeBuildLock(this.#options.storageDir, signal, () =>
      tell({ step: `${name}:waiting`, done: 0, total: 1 }),
    );
    // Another server may have built it while this one waited.
    if ((await this.reference(name)) !== undefined) return;
    try {
      await new ImageBuild({ ...this.#options, signal, tell, exists: (tag) => this.#exists(tag) }).build(name);
    } catch (failure) {
      signal.throwIfAborted();
      if (failure instanceof LabError) throw failure;
      throw new LabError('LAB_ERR_IMAGE', `Building ${name} failed: ${String(failure)}`, failure);
    }
    if ((await this.reference(name)) === undefined) {
      throw new LabError('LAB_ERR_IMAGE', `${name} changed while it was being built. Start again.`);
    }
  }

  async #tags(): Promise<ImageTags | undefined> {
    const authority = await authorityFingerprint(this.#options.storageDir);
    if (authority === undefined) return undefined;
    const loginKey = (await loginKeyFingerprint(this.#options.storageDir)) ?? '';
    return imageTags(this.#options.imagesDir, authority, loginKey);
  }

  async #exists(tag: string): Promise<boolean> {
    const { exitCode } = await this.#options.podman.capture(['image', 'exists', tag], { timeoutMs: askTimeoutMs });
    return exitCode === 0;
  }
}

/** Waits for a shared build; when all callers have left early, the build is ended. */
async function waitFor(shared: Shared, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<void> {
  // A function of its own, so that a listener that is given twice counts twice.
  const listener = (progress: Progress) => onProgress(progress);
  shared.listeners.add(listener);
  if (shared.last !== undefined) listener(shared.last);
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([shared.finished, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    shared.listeners.delete(listener);
    if (signal.aborted && shared.listeners.size === 0) shared.controller.abort(signal.reason);
  }
}
