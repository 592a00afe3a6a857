// Tells code that waits for an answer that the connection is lost and the answer will not come.
import type { LabSession } from '../session/lab-session.ts';

/** @returns never; @throws {Error} "disconnected" as soon as the connection is lost, unless the signal aborts first */
export function whenDisconnected(session: Pick<LabSession, 'on' | 'phase'>, signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const look = () => session.phase.name === 'disconnected' && reject(new Error('disconnected'));
    session.on('change', look, signal);
    look();
  });
}
