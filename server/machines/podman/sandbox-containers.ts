// The containers of one server's sandboxes as podman lists them: find and remove. What runs in them is container-programs.ts.
import { setTimeout } from 'node:timers/promises';
import type { Podman } from './podman-command.ts';

const listTimeoutMs = 15_000;
/** Removal kills at once; what takes longer is a stuck mount. */
const stopTimeoutMs = 30_000;
/** Clean-up was seen to take 0.2 s on a busy host. */
const removeAttempts = 10;
const removePauseMs = 200;

/** The fields of `podman ps --format json` that are read here. */
export interface ContainerRow {
  Id: string;
  State: string;
  Labels: Record<string, string> | null;
}

export class SandboxContainers {
  readonly #podman: Podman;
  readonly #instance: string;

  /** @param instance short name of the server, as in its containers' label */
  constructor(podman: Podman, instance: string) {
    this.#podman = podman;
    this.#instance = instance;
  }

  /** All containers of a sandbox, running or not. */
  of(sandboxId: string): Promise<ContainerRow[]> {
    return this.#list([`label=eu-os-labs.sandbox=${sandboxId}`]);
  }

  /** Ids of all sandboxes of this server that have a container; one id for each container. */
  async sandboxIds(): Promise<string[]> {
    return (await this.#list([])).flatMap(({ Labels }) => Labels?.['eu-os-labs.sandbox'] ?? []);
  }

  /** Kills and removes all that a sandbox has. One that has none is no error. */
  async remove(sandboxId: string): Promise<void> {
    const containers = await this.of(sandboxId);
    if (containers.length > 0) await this.#remove(containers.map(({ Id }) => Id));
  }

  /** The container's own clean-up, which podman starts when it is killed, may hold its mounts for a moment. */
  async #remove(ids: string[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const args = ['rm', '--force', '--ignore', '--time', '0', '--volumes', '--depend', ...ids];
        await this.#podman.run(args, { timeoutMs: stopTimeoutMs });
        return;
      } catch (failure) {
        if (attempt === removeAttempts) throw failure;
        await setTimeout(removePauseMs);
      }
    }
  }

  async #list(filters: string[]): Promise<ContainerRow[]> {
    const all = [`label=eu-os-labs.instance=${this.#instance}`, ...filters].flatMap((filter) => ['--filter', filter]);
    const args = ['ps', '--all', '--format', 'json', ...all];
    return JSON.parse(await this.#podman.run(args, { timeoutMs: listTimeoutMs })) as ContainerRow[];
  }
}
