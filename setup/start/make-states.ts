// Has the labs' named states made while the site is running, by a child at the lowest priority: tests/lessons/states.ts.
import path from 'node:path';
import { execa } from 'execa';
import type { LabServerConfig } from '../../server/config.ts';

// It ends its sandboxes first.
const stopWithinMs = 30_000;
/** The lesson runner needs what developers have installed; where that is not so, its last line says why. */
const lastLines = 3;

/**
 * Returns when all states are there, or the signal is aborted and the maker has ended. Never rejects: a lesson without its
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
  // The lessons that are played are this repository's.
  if (config.states === 'off' || labsDir !== path.join(root, 'labs') || signal.aborted) return;
  const file = path.join(root, 'tests/lessons/states.ts');
  const child = execa(process.execPath, ['--disable-warning=ExperimentalWarning', file, '--background'], {
    cwd: root,
    env: { EUOS_LABS_STORAGE_DIR: storageDir, EUOS_LABS_RESERVE_MIB: String(reserveMiB) },
    all: true,
    buffer: false,
    reject: false,
    // Its own process group: Ctrl-C reaches npm start, which ends it in order.
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
