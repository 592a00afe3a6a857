// What the server may ask of its terminals. This interface hides where they are (in a pty host process).
import type { BlockRun, TerminalView } from '../protocol/messages.ts';
import type { TerminalCommand, TerminalSocket } from '../machines/engine.ts';

/** One terminal to open. `session` is `[a-z0-9-]{1,64}`, `number` is chosen by the session and never used twice. */
export type TerminalSpec = TerminalPlace & (PtyTerminal | SerialTerminal);

interface TerminalPlace {
  session: string;
  number: number;
  machine: string;
  title: string;
  columns?: number;
  rows?: number;
}

interface PtyTerminal {
  /**
   * What runs on the pty. Its env is the whole environment: nothing of the server's own is added but
   * TERM=xterm-256color, LANG=C.UTF-8 and PATH, each only where the command does not say otherwise.
   */
  command: TerminalCommand;
}

interface SerialTerminal {
  /** Reconnected as long as the terminal is open: it never exits by itself. */
  serial: TerminalSocket;
}

/** A terminal as the pty host knows it. */
export interface TerminalInfo extends TerminalView {
  session: string;
  columns: number;
  rows: number;
  /** Bytes of output since the terminal began. */
  offset: number;
}

/** What happens in any session, for the server itself (pages get their own events over their viewer link). */
export type TerminalEvent =
  | { type: 'exit'; session: string; terminal: number; exitCode: number }
  | { type: 'block'; session: string; run: BlockRun }
  /** The size of a serial terminal has changed: its machine must be told, because a serial line does not carry it. */
  | { type: 'resize'; session: string; terminal: number; columns: number; rows: number }
  /** The pty host died, and all terminals with it; the next call starts another host, with an empty list. */
  | { type: 'host-lost' }
  /** The pty host runs but does not answer (it is given up after half a minute), or it answers again. */
  | { type: 'host-silent' | 'host-answers' };

/**
 * One connected page. Text is a `Request` towards the terminals and a `ServerEvent` (block, exit, error, pong) back,
 * binary is shaped by frames.ts; both sides may be relayed to and from the page's WebSocket verbatim: the pty host validates
 * everything that it gets. The link knows its session: requests about another session's terminals are refused.
 */
export interface ViewerLink {
  sendText(text: string): void;
  sendBinary(data: Uint8Array): void;
  /** One listener each; what arrived before a listener was set is given to it at once. */
  onText(listener: (text: string) => void): void;
  onBinary(listener: (data: Uint8Array) => void): void;
  /** `code` is one of close-codes.ts; called once, also after `close()`. Close the page's socket with both. */
  onClose(listener: (code: number, reason: string) => void): void;
  /** Stops reading from the terminals while the page's socket is full; flow control limits what waits. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** All methods throw LabError LAB_ERR_PTY_HOST when the pty host cannot be reached or does not answer in time. */
export interface TerminalService {
  /** Starts the command on a new pty. @throws {LabError} LAB_ERR_BUSY when the number is taken, LAB_ERR_TOO_MANY. */
  open(terminal: TerminalSpec): Promise<void>;
  /** All terminals, or one session's; exited ones stay listed until closed. */
  list(session?: string): Promise<TerminalInfo[]>;
  /** Ends and forgets one terminal; one that does not exist is not an error. */
  close(session: string, number: number): Promise<void>;
  /**
   * A console's machine goes down: no run block may be typed before its next prompt.
   * @param isOff it is switched off: run blocks stop waiting for a text from it
   */
  leavePrompt(session: string, number: number, isOff?: boolean): Promise<void>;
  /** Ends and forgets all terminals of a session and closes its viewers with closeCode.ended. */
  closeSession(session: string): Promise<void>;
  /** Last state of each run block of the session, oldest first. */
  blocks(session: string): Promise<BlockRun[]>;
  /**
   * For the idle limit: how many milliseconds ago the last keystroke or run block of each session was, whatever the host's
   * clock was set to meanwhile. A session without any is not included.
   */
  idleTimes(): Promise<Map<string, number>>;
  /** A link for one page's socket. */
  connectViewer(session: string): Promise<ViewerLink>;
  /** Calls the listener for every event of every session. @returns a function that ends it. */
  onEvent(listener: (event: TerminalEvent) => void): () => void;
  /** Disconnects from the pty host; its terminals keep running. */
  disconnect(): Promise<void>;
}
