// Decides what the operator's commands ask: the running server or, without one, its records.
import type { LabServerConfig } from '../../server/config.ts';
import { openLeftSessions } from './left-sessions.ts';
import { findRunningServer } from './running-server-sessions.ts';
import type { SessionsSource } from './sessions-source.ts';

/** @throws {Error} when neither a server answers nor its records can be read, with the reason and the fix */
export async function findSessions(config: LabServerConfig): Promise<SessionsSource> {
  return (await findRunningServer(config.stateDir)) ?? (await openLeftSessions(config));
}
