// Lets a child process at the lowest priority make the labs' named states while the site is running: tests/lessons/states.ts.
import path from 'node:path';
import { execa } from 'execa';
import type { LabServerConfig } from '../../server/config.ts';

// The child ends its sandboxes first.
const stopWithinMs = 30_000;
/** The lesson runner needs what developers have installed; where that is missing, its last line says so. */
const lastLines = 3;

/**
 * Returns when all states exist, or when the signal is aborted and the child has ended. Never rejects: a lesson without its
 * state still starts from the lab's beginning.
 * @param say gets a line for each lesson whose states were made
 */
export async function makeStates(
  root: string,
  config: LabServerConfig,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { storageDir, labsDir, reserveMiB } = config;
  // Only the lessons of this repository can be played.
  if (config.states === 'off' || labsDir !== path.join(root, 'labs') || signal.aborted) return;
  const file = path.join(root, 'tests/lessons/states.ts');
  const child = execa(process.execPath, ['--disable-warning=ExperimentalWarning', file, '--background'], {
    cwd: root,
    env: { EUOS_LABS_STORAGE_DIR: storageDir, EUOS_LABS_RESERVE_MIB: String(reserveMiB) },
    all: true,
    buffer: false,
    reject: false,
    // In its own process group: Ctrl-C reaches npm start, which ends the child in order.
    detached: true,
    cancelSignal: signal,
    forceKillAfterDelay: stopWithinMs,
  });
  const lines: string[] = [];
  for await (const line of child.iterable({ from: 'all' })) {
    if (/^[✓✗]/.test(line)) say(`  ${line}`);
    lines.push(line);
    if (lines.length > lastLines) lines.shift();
  }
  const result = await child;
  if (!result.failed) say('All states in which lessons begin are ready.');
  else if (!result.isCanceled) say(`  Not all states could be made:\n  ${lines.join('\n  ')}`);
}
