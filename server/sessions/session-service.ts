// What the HTTP layer may ask of sessions. Rules and storage are behind this interface; nothing here knows a transport.
import type { BlockRun, CheckResult, LabView, SessionView, TerminalView } from '../protocol/messages.ts';
import type { ViewerLink } from '../terminals/terminal-service.ts';

/** One connected page: the link to its terminals, and the session's changes. */
export interface ConnectedPage {
  link: ViewerLink;
  /** What `hello` says. */
  session: SessionView;
  /** Last state of the session's run blocks, for `hello`. */
  blocks: BlockRun[];
  /** Called with every change of the session until `leave`. One listener. */
  onChange(listener: (session: SessionView) => void): void;
  leave(): void;
}

/**
 * All methods that take a reader throw LabError LAB_ERR_NO_SESSION for an unknown session and LAB_ERR_FORBIDDEN for
 * another reader's; all that need a running sandbox throw LAB_ERR_NOT_READY while there is none.
 */
export interface SessionService {
  labs(): LabView[];
  /** @throws {LabError} LAB_ERR_NO_LAB */
  lab(id: string): LabView;
  /** The reader's sessions, ended ones for a while, oldest first. */
  list(reader: string): SessionView[];
  get(reader: string, id: string): SessionView;
  /** The reader's session of that lab: the one there is, or a new one. @throws {LabError} LAB_ERR_NO_LAB, LAB_ERR_NO_ENGINE, LAB_ERR_TOO_MANY */
  start(reader: string, lab: string): { session: SessionView; isNew: boolean };
  end(reader: string, id: string): Promise<SessionView>;
  /** More time. @throws {LabError} LAB_ERR_TOO_MANY when it was asked for as often as the lab allows. */
  extend(reader: string, id: string): SessionView;
  /** Ends the session and starts the same lab anew, under another id. */
  reset(reader: string, id: string): Promise<SessionView>;
  openTerminal(reader: string, id: string, machine: string): Promise<TerminalView>;
  closeTerminal(reader: string, id: string, number: number): Promise<void>;
  /** @throws {LabError} LAB_ERR_NO_CHECK, LAB_ERR_BUSY when this session already runs a check. */
  check(reader: string, id: string, check: string): Promise<CheckResult>;
  /** @throws {LabError} LAB_ERR_TOO_MANY when too many pages are connected. */
  connect(reader: string, id: string): Promise<ConnectedPage>;
  /** Numbers for /health. */
  counts(): { sessions: number; seats: number; queued: number; prepared: number };
}
