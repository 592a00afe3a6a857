// A machine's launch files on this host: what its container reads, and the server's note for the next server.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TamperKind } from '../../protocol/messages.ts';
import { writeWhole } from '../../whole-file.ts';
import { makeFolder } from '../../closed-files.ts';
import { launchFiles, type LaunchPlan } from '../vm/launch-files.ts';

/** The server's own note about a machine, beside the files that its container reads. */
const planFile = 'plan.json';

/** In one go for the container: what it reads is there before the number that makes it look. */
export async function writeLaunch(dir: string, plan: LaunchPlan, tampered: TamperKind[]): Promise<void> {
  await makeFolder(dir, 0o755);
  const files = Object.entries(launchFiles(plan)).map(([name, content]) => writeWhole(join(dir, name), content, 0o644));
  await Promise.all([...files, writeWhole(join(dir, planFile), JSON.stringify({ plan, tampered }))]);
  // Last: the container starts what it finds when this has changed.
  await writeWhole(join(dir, 'number'), `${plan.number}\n`, 0o644);
}

/** @returns undefined when there is none, or half of one */
export async function readNote(dir: string): Promise<{ plan: LaunchPlan; tampered: TamperKind[] } | undefined> {
  try {
    return JSON.parse(await readFile(join(dir, planFile), 'utf8')) as { plan: LaunchPlan; tampered: TamperKind[] };
  } catch (failure) {
    if (failure instanceof SyntaxError || (failure as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw failure;
  }
}

/** Machines that have launch files. @param dir the folder of those of a sandbox */
export async function launchedMachines(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw failure;
  }
}
