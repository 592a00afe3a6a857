// Where the operator's commands get sessions from: a running server, or what the last one has left. Only the interface.
import type { OperatorSession } from '../../server/sessions/operator-sessions.ts';

export interface SessionsSource {
  /** Whether a server runs. */
  isServed: boolean;
  /** Oldest first. */
  list(): Promise<OperatorSession[]>;
  /** Returns when the session's sandbox is gone. @throws {Error} with what was found */
  end(id: string): Promise<void>;
  close(): void;
}
