// Which lab server runs on a state directory: npm start leaves a note there, npm run clean ends that process.
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const noteSchema = z.object({ pid: z.int().positive(), url: z.string() });
export type ServerNote = z.infer<typeof noteSchema>;

// A server with open pages closes within its own 5 s; twice that, then it is told again, harder.
const endWithinMs = 10_000;
const lookEveryMs = 50;

function noteFile(stateDir: string): string {
  return path.join(stateDir, 'server.json');
}

export async function writeServerNote(stateDir: string, note: ServerNote): Promise<void> {
  await writeFile(noteFile(stateDir), `${JSON.stringify(note)}\n`);
}

export async function removeServerNote(stateDir: string): Promise<void> {
  await rm(noteFile(stateDir), { force: true });
}

/** @returns the note of a server that still runs; a process of another kind with its number is not one */
export async function findServer(stateDir: string): Promise<ServerNote | undefined> {
  const text = await readText(noteFile(stateDir));
  if (text === undefined) return undefined;
  const note = noteSchema.safeParse(JSON.parse(text));
  if (!note.success) return undefined;
  const command = await readText(`/proc/${note.data.pid}/cmdline`);
  return command !== undefined && /setup\/start\.ts|server\/main\.ts/.test(command) ? note.data : undefined;
}

/** @returns the process that was ended, undefined when there was none. @throws {Error} when it does not end */
export async function endServer(stateDir: string): Promise<number | undefined> {
  const note = await findServer(stateDir);
  if (note === undefined) return undefined;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    process.kill(note.pid, signal);
    const deadline = Date.now() + endWithinMs;
    while (Date.now() < deadline) {
      if ((await findServer(stateDir)) === undefined) return note.pid;
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  }
  throw new Error(`the server (process ${note.pid}) does not end; end it by hand, then run npm run clean again`);
}

async function readText(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((failure: NodeJS.ErrnoException) => {
    if (failure.code === 'ENOENT' || failure.code === 'ESRCH') return undefined;
    throw failure;
  });
}
