// A machine's launch files on this host: what its container reads, and the server's own note for a server that comes after it.
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TamperKind } from '../../protocol/messages.ts';
import { launchFiles, type LaunchPlan } from '../vm/launch-files.ts';

/** The server's own note of a machine, beside what its container reads. */
const planFile = 'plan.json';

/** In one go for the container: what it reads is there before the number that makes it look. */
export async function writeLaunch(dir: string, plan: LaunchPlan, tampered: TamperKind[]): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o755 });
  const files = { ...launchFiles(plan), [planFile]: JSON.stringify({ plan, tampered }) };
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content, { mode: 0o644 });
  // Last and in one go: the container starts what it finds when this has changed.
  await writeFile(join(dir, 'number.new'), `${plan.number}\n`, { mode: 0o644 });
  await rename(join(dir, 'number.new'), join(dir, 'number'));
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
