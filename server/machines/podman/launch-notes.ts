// A machine's launch files on this host: what its container reads, and the server's note for the next server.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TamperKind } from '../../protocol/messages.ts';
import { writeWhole } from '../../whole-file.ts';
import { makeFolder } from '../../closed-files.ts';
import { launchFiles, type LaunchPlan } from '../vm/launch-files.ts';

/** The server's own note about a machine, beside the files that its container reads. */
const planFile = 'plan.json';

/** Writes the number last, so that everything is there when the number makes the container look. */
export async function writeLaunch(dir: string, plan: LaunchPlan, tampered: TamperKind[]): Promise<void> {
  await makeFolder(dir, 0o755);
  const files = Object.entries(launchFiles(plan)).map(([name, content]) => writeWhole(join(dir, name), content, 0o644));
  await Promise.all([...files, writeWhole(join(dir, planFile), JSON.stringify({ plan, tampered }))]);
  // Last: when this has changed, the container starts what it finds.
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

/** Machines that have launch files. @param dir the folder of a sandbox's launch files */
export async function launchedMachines(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw failure;
  }
}
