// Waits for a session until its terminals can be used. Starts nothing.
import type { Phase } from './phase.ts';
import type { SessionEmitter } from './session-events.ts';

/**
 * Waits until terminals can be used.
 * @param phase called at each change
 * @throws {Error} when the lab ends or fails first, or the signal aborts.
 */
export function whenReady(phase: () => Phase, events: SessionEmitter, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const look = () => {
      const { name } = phase();
      if (name === 'ready' || name === 'expiring') resolve();
      else if (name === 'failed' || name === 'ended' || name === 'absent' || name === 'no-engine')
        reject(new Error(name));
      else return;
      done.abort();
    };
    signal.addEventListener('abort', () => reject(new Error('aborted')), { signal: done.signal, once: true });
    events.on('change', look, AbortSignal.any([signal, done.signal]));
    look();
  });
}
