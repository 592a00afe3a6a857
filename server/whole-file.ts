// Small files that are complete or absent, readable only by this user unless said otherwise. Knows no content.
import { randomBytes } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';

/**
 * Writes a file, replacing an existing one: every reader, even after a power cut or on a full disk, finds the old content or
 * the new.
 * @param mode the file's rights, whatever the umask is
 * @throws {Error} from the file system; then the old file is unchanged
 */
export async function writeWhole(file: string, content: string, mode = 0o600): Promise<void> {
  await withDraft(file, content, mode, (draft) => rename(draft, file));
}

/**
 * As `writeWhole`, but for a name that must not exist yet.
 * @returns false when the file already exists; it is left unchanged
 */
export async function createWhole(file: string, content: string, mode = 0o600): Promise<boolean> {
  let isCreated = true;
  await withDraft(file, content, mode, async (draft) => {
    await link(draft, file).catch((failure: NodeJS.ErrnoException) => {
      if (failure.code !== 'EEXIST') throw failure;
      isCreated = false;
    });
    await rm(draft);
  });
  return isCreated;
}

/** Beside the file, because a rename must stay on one file system; with a name of its own, because two writers may work at once. */
async function withDraft(
  file: string,
  content: string,
  mode: number,
  putInPlace: (draft: string) => Promise<void>,
): Promise<void> {
  const draft = `${file}.${randomBytes(4).toString('hex')}.new`;
  try {
    const handle = await open(draft, 'wx', mode);
    try {
      await handle.writeFile(content);
      await handle.chmod(mode);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await putInPlace(draft);
  } catch (failure) {
    await rm(draft, { force: true });
    throw failure;
  }
}
