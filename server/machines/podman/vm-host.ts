// What virtual machines run on here: the image vm-host, the versions of its programs, KVM or emulation. Starts no machine.
import { probeAcceleration, type Acceleration } from '../vm/kvm-probe.ts';
import type { HostFacts } from './host-facts.ts';
import type { ImageBuilder } from './image-builder.ts';
import type { Podman } from './podman-command.ts';
import { toolRunArgs } from './tool-flags.ts';

/** The image that runs virtual machines. */
export const vmImage = 'vm-host';
/** A container starts in 0.1 to 0.5 s; a host under full load was seen at 8 s. */
const startTimeoutMs = 60_000;

export interface VmHostOptions {
  storageDir: string;
  podman: Podman;
  host: HostFacts;
  images: ImageBuilder;
}

/** Versions and acceleration are determined once and kept for the life of the server. */
export class VmHost {
  readonly #options: VmHostOptions;
  readonly #versions = new Map<string, string>();
  #acceleration: Acceleration['kind'] | undefined;

  constructor(options: VmHostOptions) {
    this.#options = options;
  }

  /** Tag of the image; undefined when it has not been built for the current inputs. */
  tag(): Promise<string | undefined> {
    return this.#options.images.reference(vmImage);
  }

  /** Of QEMU and the firmware: a state of one version cannot be used with another. */
  async versions(tag: string): Promise<string> {
    const known = this.#versions.get(tag);
    if (known !== undefined) return known;
    const { podman, host } = this.#options;
    const text = await podman.run(toolRunArgs(host, tag, ['cat', '/usr/lib/lab-versions']), {
      timeoutMs: startTimeoutMs,
    });
    const versions = text.trim().split('\n').join(', ');
    this.#versions.set(tag, versions);
    return versions;
  }

  /** Decides by a probe in the image how machines run. */
  async accelerate(tag: string): Promise<Acceleration['kind']> {
    const { podman, storageDir } = this.#options;
    this.#acceleration ??= (await probeAcceleration({ storageDir, podman, image: tag })).kind;
    return this.#acceleration;
  }

  /** Undefined until `accelerate` has been called. */
  get acceleration(): Acceleration['kind'] | undefined {
    return this.#acceleration;
  }
}

/** Program → version, from what `VmHost.versions` returns: `qemu-system-x86 1:10.0.2, ovmf 2025.02`. */
export function versionsIn(versions: string): Record<string, string> {
  const pairs = versions.split(', ').map((each) => each.split(' ', 2));
  return Object.fromEntries(pairs.map(([name = '', version = '']) => [name, version]));
}
