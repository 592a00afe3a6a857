// Reserves ranges of user ids, one per sandbox, across all servers that share a storage directory.
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createWhole } from '../../whole-file.ts';

/** Number of ids of one sandbox: Debian's own users include 65534 and 65535, so it is a whole 16-bit range. */
const rangeSize = 65_536;
/** An ordinary user cannot have more. Podman's own namespace begins with that user, who must not be in a sandbox: so from 1. */
export const sharedRange: IdRange = { hostId: 1, size: rangeSize };
/** First host id handed out. Above every range that shadow's useradd gives (up to 600,100,000), below 2^31. */
const firstHostId = 1_879_048_192;
/** 4000 ranges end at 2,141,192,192, still below 2^31: some tools read ids as signed. */
const maxSlots = 4_000;

export interface IdRange {
  /** The id that is root in the sandbox: an id of the host for root, one of podman's user namespace for an ordinary user. */
  hostId: number;
  size: number;
}

/**
 * For root a range that no other sandbox has. An ordinary user's sandboxes share one, each in a user namespace of its
 * own: podman 4.3 copies the whole image for each range there, and Debian gives a user no second range. @throws {Error} when
 * all ranges are taken. The owner is written into the file, for the clean-up.
 */
export async function reserveIdRange(storageDir: string, sandboxId: string): Promise<IdRange> {
  if (process.getuid?.() !== 0) return sharedRange;
  const dir = join(storageDir, 'slots');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const taken = new Set((await namedSlots(dir)).map(Number));
  for (let slot = 0; slot < maxSlots; slot += 1) {
    if (taken.has(slot)) continue;
    // Another server was faster: try the next slot.
    if (await createWhole(join(dir, String(slot)), sandboxId))
      return { hostId: firstHostId + slot * rangeSize, size: rangeSize };
  }
  throw new Error(`all ${maxSlots} id ranges under ${dir} are taken; end sessions or run npm run clean`);
}

/** Frees the range that the sandbox holds, if it has one. */
export async function freeIdRange(storageDir: string, sandboxId: string): Promise<void> {
  const dir = join(storageDir, 'slots');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const slot of await readdir(dir)) {
    const owner = await readFile(join(dir, slot), 'utf8').catch((failure: NodeJS.ErrnoException) => {
      // Freed by someone else in the meantime.
      if (failure.code === 'ENOENT') return undefined;
      throw failure;
    });
    if (owner === sandboxId) await rm(join(dir, slot), { force: true });
  }
}

/** Slots that have an owner. One without a name, left by a full disk or a power cut, is free again. */
async function namedSlots(dir: string): Promise<string[]> {
  const named: string[] = [];
  for (const slot of await readdir(dir)) {
    if (!/^\d+$/.test(slot)) continue;
    const size = await stat(join(dir, slot)).then(
      (facts) => facts.size,
      (failure: NodeJS.ErrnoException) => {
        // Freed in the meantime.
        if (failure.code === 'ENOENT') return undefined;
        throw failure;
      },
    );
    if (size === 0) await rm(join(dir, slot), { force: true });
    else if (size !== undefined) named.push(slot);
  }
  return named;
}
