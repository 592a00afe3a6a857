// Keeps other users of the host out of everything that the server stores. Changes the rights of its own folders; reads no content.
//
// Podman lets everybody pass through each folder on the way to a machine's root (--x--x--x), because the first process of a
// machine, which has user ids from a range of its own, looks up that root by its path: so the storage directory cannot be
// closed as a whole. Whatever else is mounted into a machine is opened by the runtime, as this user, before it belongs to the
// machine: such a folder may be inside one that only this user may enter.
import { chmod, lstat, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { closeFiles, makeClosedFile, makeFolder, makePassable, unlessGone } from '../../closed-files.ts';
import { storedDir, privateDir } from '../vm/vm-place.ts';
import { runRoot } from './run-root.ts';

/** Podman's folders in a storage directory (--root, --runroot), which everybody may pass through. All others are only for this user. */
const passable = ['root', 'run'];

/** Podman's own locks. It makes them readable for everybody, and whoever may read a file may lock it: then podman would wait for ever. */
const podmanLocks = ['storage.lock', 'userns.lock', 'overlay-containers/containers.lock'];

/** Makes the folders of a storage directory, and closes what an earlier server has left open. */
export async function closeStorage(storageDir: string): Promise<void> {
  await makePassable(storageDir);
  await makeFolder(privateDir(storageDir), 0o700);
  await moveOldMachines(storageDir);
  // Machines see these folders: any id that gets here may read them.
  for (const dir of ['', 'disks', 'states']) await makeFolder(join(storedDir(storageDir), dir), 0o755);
  for (const entry of await readdir(storageDir, { withFileTypes: true })) {
    if (entry.isDirectory() && !passable.includes(entry.name))
      await chmod(join(storageDir, entry.name), 0o700).catch(unlessGone);
  }
  const root = join(storageDir, 'root');
  await makeFolder(root, 0o711);
  await makeFolder(join(root, 'overlay-containers'), 0o711);
  for (const name of podmanLocks) await makeClosedFile(join(root, name));
  const run = runRoot(storageDir);
  for (const dir of [storageDir, root, join(root, 'overlay-containers'), run, join(run, 'overlay-containers')])
    await closeFiles(dir);
}

/** Closes the folders of a machine that has started: its root has been looked up. What podman does later, it does as this user. */
export async function closeMachine(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await chmod(folder, 0o700);
}

/** Moves folders from where earlier servers kept them. Running machines are not affected: they hold the folder, not its name. */
async function moveOldMachines(storageDir: string): Promise<void> {
  const old = join(storageDir, 'vm');
  const facts = await lstat(old).catch(unlessGone);
  if (facts?.isDirectory() !== true) return;
  await rename(old, storedDir(storageDir)).catch((failure: NodeJS.ErrnoException) => {
    // Another server was faster, or there are new ones already; what was in the old ones is made again.
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(failure.code ?? '')) throw failure;
  });
}
