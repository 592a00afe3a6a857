// The text of a check: its script, with the parts that it shares with other checks inserted. Does not run it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab } from '../../labs/read-lab.ts';
import { LabError } from '../errors.ts';

/** On a line of its own; the part is inserted there, so it may use what is above it. */
const includeLine = /^# include ([a-z0-9][a-z0-9-]*)$/gm;

/**
 * Reads a check's script as it is now. A line `# include <name>` becomes the text of `checks/shared/<name>`: in the machine a
 * check is one file, whatever it was put together from. A shared part cannot include others.
 * @throws {LabError} LAB_ERR_NO_CHECK when the script or a part of it was removed since the session was started
 */
export async function readCheckScript({ id, dir }: Pick<Lab, 'id' | 'dir'>, check: string): Promise<string> {
  const [first = '', ...rest] = (await readPart(join(dir, 'checks', check), id)).split(includeLine);
  // Split with a group: name, text, name, text …
  let script = first;
  for (let at = 0; at < rest.length; at += 2)
    script += `${await readPart(join(dir, 'checks/shared', rest[at] ?? ''), id)}${rest[at + 1] ?? ''}`;
  return script;
}

async function readPart(path: string, lab: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== 'ENOENT') throw failure;
    throw new LabError('LAB_ERR_NO_CHECK', `the script ${path} of lab ${lab} no longer exists; put it back`, failure);
  }
}
