// How long npm start takes to print its address when everything is already there.
import path from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../tests/lessons/built-lessons.ts';

/** The goal is 5 s. */
const upWithinMs = 120_000;

/** @returns milliseconds until the address is printed; the server is stopped again. @throws {Error} when no address is printed */
export async function timeStart(stateDir: string, storageDir: string): Promise<number> {
  const startedAt = performance.now();
  const flags = ['start', '--port', '0', '--state-dir', stateDir, '--storage-dir', storageDir, '--prepared', '0'];
  // Otherwise it would begin to play lessons, although the server is stopped at once.
  flags.push('--states', 'off');
  const child = execa(process.execPath, [path.join(projectRoot, 'setup/run.mjs'), ...flags], {
    cwd: projectRoot,
    all: true,
    buffer: false,
    reject: false,
    timeout: upWithinMs,
  });
  let upMs: number | undefined;
  for await (const line of child.iterable({ from: 'all' })) {
    if (upMs !== undefined || !line.includes('EU OS Labs is up')) continue;
    upMs = performance.now() - startedAt;
    child.kill('SIGTERM');
  }
  await child;
  if (upMs === undefined) throw new Error('npm start printed no address; run it to see why');
  return upMs;
}
