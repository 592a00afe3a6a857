// Which lab server runs on a state directory: npm start leaves a note there, and npm run clean ends that process.
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { isRunning, ownIdentity } from '../../server/process-identity.ts';
import { writeWhole } from '../../server/whole-file.ts';

const noteSchema = z.object({ pid: z.int().positive(), identity: z.string(), url: z.string() });
export type ServerNote = z.infer<typeof noteSchema>;

// A server with open pages closes within its own 5 s; after twice that time it gets a harder signal.
const endWithinMs = 10_000;
const lookEveryMs = 50;

function noteFile(stateDir: string): string {
  return path.join(stateDir, 'server.json');
}

/** Notes that this process serves the state directory. @param url its address */
export async function writeServerNote(stateDir: string, url: string): Promise<void> {
  const note: ServerNote = { pid: process.pid, identity: ownIdentity(), url };
  await writeWhole(noteFile(stateDir), `${JSON.stringify(note)}\n`);
}

export async function removeServerNote(stateDir: string): Promise<void> {
  await rm(noteFile(stateDir), { force: true });
}

/** @returns the note of a server that still runs; half a note does not count, nor does another process with the same number */
export async function findServer(stateDir: string): Promise<ServerNote | undefined> {
  const note = await readNote(noteFile(stateDir));
  return note !== undefined && (await isRunning(note)) ? note : undefined;
}

/** @returns the process that was ended, undefined when there was none. @throws {Error} when it does not end */
export async function endServer(stateDir: string): Promise<number | undefined> {
  const note = await findServer(stateDir);
  if (note === undefined) return undefined;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    process.kill(note.pid, signal);
    const deadline = performance.now() + endWithinMs;
    while (performance.now() < deadline) {
      if ((await findServer(stateDir)) === undefined) return note.pid;
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  }
  throw new Error(`the server (process ${note.pid}) does not end; end it by hand, then run npm run clean again`);
}

async function readNote(file: string): Promise<ServerNote | undefined> {
  try {
    return noteSchema.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch (failure) {
    if (failure instanceof SyntaxError || (failure as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw failure;
  }
}
