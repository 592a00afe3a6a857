// What the HTTP layer may ask of sessions. Rules and storage are behind this interface; nothing here knows a transport.
import type { Duplex } from 'node:stream';
import type {
  BlockRun,
  CheckResult,
  LabView,
  MachineView,
  PowerAction,
  SessionView,
  TamperKind,
  TerminalView,
} from '../protocol/messages.ts';
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

/** One graphical console that a page shows: a VNC stream. */
export interface ConnectedScreen {
  stream: Duplex;
  /** Called once when the session ends; `code` is one of close-codes.ts. One listener. */
  onEnd(listener: (code: number, reason: string) => void): void;
  /** The reader typed or moved the mouse there. */
  isUsed(): void;
  leave(): void;
}

export interface Health {
  /** `degraded`: it serves, but something does not work; `problems` says what, and what to do, in sentences. */
  status: 'ok' | 'degraded';
  sessions: number;
  seats: number;
  queued: number;
  prepared: number;
  problems: string[];
}

/**
 * All methods that take a reader throw LabError LAB_ERR_NO_SESSION for an unknown session and LAB_ERR_FORBIDDEN for
 * another reader's; all that need a running sandbox throw LAB_ERR_NOT_READY while there is none.
 */
export interface SessionService {
  labs(): LabView[];
  /** Looks for named states again. @throws {LabError} LAB_ERR_NO_LAB */
  lab(id: string): Promise<LabView>;
  /** The reader's sessions, ended ones for a while, oldest first. */
  list(reader: string): SessionView[];
  get(reader: string, id: string): SessionView;
  /**
   * The reader's session of that lab: the existing one, whatever it was started from, or a new one.
   * @param from named state; absent: the lab's beginning. While the lab is being prepared, its states are unknown: a state
   * that then turns out not to exist is ignored, and the session has no `from`.
   * @param address where the reader is, for the limit of sessions per address
   * @throws {LabError} LAB_ERR_NO_LAB, LAB_ERR_LAB_FILE, LAB_ERR_NO_STATE, LAB_ERR_NO_ENGINE, LAB_ERR_TOO_MANY,
   * LAB_ERR_DISK_FULL
   */
  start(
    reader: string,
    lab: string,
    from?: string,
    address?: string,
  ): Promise<{ session: SessionView; isNew: boolean }>;
  /** @throws {LabError} LAB_ERR_DISK_FULL when the end cannot be stored; it is tried again */
  end(reader: string, id: string): Promise<SessionView>;
  /** More time. @throws {LabError} LAB_ERR_TOO_MANY when it was used as often as the lab allows. */
  extend(reader: string, id: string): SessionView;
  /**
   * Ends the session and starts the same lab again, under another id, in the same seat.
   * @param from named state; null: the lab's beginning; absent: what the session was started from.
   * @param address where the reader is now, for the limit of sessions per address
   * @throws {LabError} LAB_ERR_NO_STATE, LAB_ERR_LAB_FILE, LAB_ERR_DISK_FULL; then the session goes on. LAB_ERR_TOO_MANY, for
   * a session that has ended, as for a start.
   */
  reset(reader: string, id: string, from?: string | null, address?: string): Promise<SessionView>;
  /** On a virtual machine: its serial console if no terminal shows it, otherwise a login. */
  openTerminal(reader: string, id: string, machine: string): Promise<TerminalView>;
  closeTerminal(reader: string, id: string, number: number): Promise<void>;
  /** @throws {LabError} LAB_ERR_NO_CHECK, LAB_ERR_BUSY when this session already runs a check. */
  check(reader: string, id: string, check: string): Promise<CheckResult>;
  /**
   * Actions on a virtual machine from outside; all answer with the machine as it is afterwards.
   * @throws {LabError} LAB_ERR_BAD_REQUEST when it is not a virtual machine, LAB_ERR_BUSY during another action on it, LAB_ERR_EXEC
   */
  power(reader: string, id: string, machine: string, action: PowerAction): Promise<MachineView>;
  tamper(reader: string, id: string, machine: string, kind: TamperKind | 'undo'): Promise<MachineView>;
  /** @throws {LabError} LAB_ERR_BUSY when the security key is not waiting for a touch. */
  touch(reader: string, id: string, machine: string): Promise<MachineView>;
  readWindow(reader: string, id: string, machine: string): Promise<MachineView>;
  /** @throws {LabError} LAB_ERR_BAD_REQUEST without a screen, LAB_ERR_TOO_MANY */
  openScreen(reader: string, id: string, machine: string): Promise<ConnectedScreen>;
  /** @throws {LabError} LAB_ERR_TOO_MANY when too many pages are connected. */
  connect(reader: string, id: string): Promise<ConnectedPage>;
  /**
   * Waits until this server knows the state of the reader's sessions from the previous server.
   * @param reader absent: one without a cookie, who has none
   */
  whenRestored(reader: string | undefined): Promise<void>;
  /** What /health says. */
  health(): Health;
}
