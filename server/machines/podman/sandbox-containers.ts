// The containers of sandboxes as podman lists them: finds and removes them. Programs in them are in container-programs.ts.
import { lstat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { processIdentity } from '../../process-identity.ts';
import type { Podman } from './podman-command.ts';

const listTimeoutMs = 15_000;
/** Removal kills at once; if it takes longer than this, a mount is stuck. */
const stopTimeoutMs = 30_000;
/** Clean-up was seen to take 0.2 s on a busy host. */
const removeAttempts = 10;
const removePauseMs = 200;

/** Label: state directory of the server that started the container. */
export const stateDirLabel = 'eu-os-labs.state-dir';
/** Label: process id of that server. */
export const serverLabel = 'eu-os-labs.server';
/** Label: identity of that process, because its number may belong to another process by now. */
export const serverIdentityLabel = 'eu-os-labs.server-identity';
/** Label: how many containers the sandbox has. */
export const machineCountLabel = 'eu-os-labs.machines';

/** The fields of `podman ps --format json` that are read here. */
export interface ContainerRow {
  Id: string;
  State: string;
  Labels: Record<string, string> | null;
}

/** An orphaned sandbox. */
export interface Orphan {
  stateDir: string;
  sandboxId: string;
  containers: string[];
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
    return this.#list([this.#own, `label=eu-os-labs.sandbox=${sandboxId}`]);
  }

  /** Whether all of a sandbox's containers are running: a removed one is not listed. */
  static areRunning(rows: readonly ContainerRow[]): boolean {
    const expected = Number(rows[0]?.Labels?.[machineCountLabel] ?? rows.length);
    return rows.length >= expected && rows.every(({ State }) => State === 'running');
  }

  /**
   * Sandboxes of all servers whose state directory is gone, as after a test that was killed: no server will ever look for
   * them. A directory that cannot be checked counts as existing; and as long as the server that started them runs, it may see
   * a directory that this one does not.
   */
  async orphans(): Promise<Orphan[]> {
    const orphans = new Map<string, Orphan>();
    for (const { Id, Labels } of await this.#list([`label=${stateDirLabel}`])) {
      const [stateDir, sandboxId] = [Labels?.[stateDirLabel], Labels?.['eu-os-labs.sandbox']];
      if (stateDir === undefined || sandboxId === undefined) continue;
      if (!(await isGone(stateDir)) || (await isServerThere(Labels ?? {}))) continue;
      const key = `${stateDir}\n${sandboxId}`;
      const orphan = orphans.get(key) ?? { stateDir, sandboxId, containers: [] };
      orphan.containers.push(Id);
      orphans.set(key, orphan);
    }
    return [...orphans.values()];
  }

  async removeContainers(ids: string[]): Promise<void> {
    await this.#remove(ids);
  }

  /** Ids of all sandboxes of this server of which every container runs. */
  async running(): Promise<Set<string>> {
    const sandboxes = Map.groupBy(await this.#list([this.#own]), ({ Labels }) => Labels?.['eu-os-labs.sandbox'] ?? '');
    return new Set([...sandboxes].filter(([, rows]) => SandboxContainers.areRunning(rows)).map(([id]) => id));
  }

  /** Ids of all sandboxes of this server that have containers, one for each container. */
  async sandboxIds(): Promise<string[]> {
    return (await this.#list([this.#own])).flatMap(({ Labels }) => Labels?.['eu-os-labs.sandbox'] ?? []);
  }

  /** Kills and removes all of a sandbox's containers, if it has any. */
  async remove(sandboxId: string): Promise<void> {
    const containers = await this.of(sandboxId);
    if (containers.length > 0) await this.#remove(containers.map(({ Id }) => Id));
  }

  /** The clean-up that podman starts for a killed container may hold its mounts for a moment. */
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

  get #own(): string {
    return `label=eu-os-labs.instance=${this.#instance}`;
  }

  async #list(filters: string[]): Promise<ContainerRow[]> {
    const args = ['ps', '--all', '--format', 'json', ...filters.flatMap((filter) => ['--filter', filter])];
    return JSON.parse(await this.#podman.run(args, { timeoutMs: listTimeoutMs })) as ContainerRow[];
  }
}

/** Containers from before the second label was introduced have only the number. */
async function isServerThere(labels: Record<string, string>): Promise<boolean> {
  const [pid, identity] = [Number(labels[serverLabel] ?? process.pid), labels[serverIdentityLabel]];
  const found = await processIdentity(pid);
  return found !== undefined && (identity === undefined || found === identity);
}

/** True only if it certainly does not exist: another server's directory may be unreadable, or its disk busy. */
function isGone(directory: string): Promise<boolean> {
  return lstat(directory).then(
    () => false,
    (failure: NodeJS.ErrnoException) => failure.code === 'ENOENT',
  );
}
