// Space for images and sessions where the product keeps them.
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import type { ProbeContext, ProbeLine } from './probe.ts';

const name = 'disk space';
/** The lab images and their build, which were measured at less than 6 GiB. */
const leastGiB = 6;
/** The same, plus what one session may write. */
const comfortableGiB = 12;

export async function probeDisk({ config }: ProbeContext): Promise<ProbeLine> {
  const { bavail, bsize } = await statfsOfNearest(config.storageDir);
  return diskLine((bavail * bsize) / 1024 ** 3, config.storageDir);
}

/** Pure: free space in GiB → the line. */
export function diskLine(freeGiB: number, dir: string): ProbeLine {
  const found = `${freeGiB.toFixed(0)} GiB free for ${dir}`;
  if (freeGiB >= comfortableGiB) return { name, state: 'ok', found };
  return {
    name,
    state: freeGiB >= leastGiB ? 'warn' : 'fail',
    found: `${found}, expected ${comfortableGiB} GiB: the images take ${leastGiB}, a session as much as its lab allows`,
    mend: 'npm start -- --storage-dir DIR, with DIR on a larger disk',
  };
}

/** The folder itself need not exist yet. */
async function statfsOfNearest(dir: string) {
  try {
    return await statfs(dir);
  } catch (failure) {
    const parent = path.dirname(dir);
    if ((failure as NodeJS.ErrnoException).code !== 'ENOENT' || parent === dir) throw failure;
    return statfsOfNearest(parent);
  }
}
