// The pty host: all sessions' terminals behind one Unix socket. No process globals: main.ts has those.
import * as fs from 'node:fs/promises';
import * as net from 'node:net';
import type { Logger } from 'pino';
import { closeCode } from '../../protocol/close-codes.ts';
import { FramedSocket } from '../host-protocol/framed-socket.ts';
import { helloSchema, helloWithinMs, hostProtocol, type Hello } from '../host-protocol/host-messages.ts';
import type { TerminalEvent } from '../terminal-service.ts';
import { ControlConnection, type HostSessions } from './control-connection.ts';
import type { SpawnPty } from './pty-process.ts';
import { SessionTerminals } from './session-terminals.ts';
import { ViewerConnection } from './viewer-connection.ts';

export interface PtyHostOptions {
  socketPath: string;
  spawnPty: SpawnPty;
  log: Logger;
  /** The host ends after this long without terminals and connections. */
  idleEndMs: number;
  onEnd(): void;
}

// One per page, for 60 seats with five pages each; more mean that something opens connections without end.
const maxConnections = 1_000;

export class PtyHost implements HostSessions {
  readonly #options: PtyHostOptions;
  readonly #server: net.Server;
  readonly #sessions = new Map<string, SessionTerminals>();
  readonly #controls = new Set<ControlConnection>();
  readonly #startedAt = Date.now();
  #connections = 0;
  #idle: NodeJS.Timeout | undefined;
  #hasEnded = false;

  constructor(options: PtyHostOptions) {
    this.#options = options;
    this.#server = net.createServer((socket) => this.#connected(socket));
    this.#server.maxConnections = maxConnections;
  }

  /** Listens on the socket, mode 0600. An existing socket file is stale: the caller holds the lock. */
  async listen(): Promise<void> {
    const { socketPath } = this.#options;
    await fs.rm(socketPath, { force: true });
    await new Promise<void>((resolve, reject) => {
      const before = process.umask(0o177);
      this.#server.once('error', reject);
      this.#server.listen(socketPath, resolve);
      // Bound synchronously; programs on terminals get the umask of whoever started the host.
      process.umask(before);
    });
    await fs.chmod(socketPath, 0o600);
    this.#watchIdle();
  }

  session(session: string): SessionTerminals {
    const found = this.#sessions.get(session);
    if (found !== undefined) return found;
    const made = new SessionTerminals(session, this.#options.spawnPty, (event) => this.#tell(event));
    this.#sessions.set(session, made);
    return made;
  }

  find(session: string): SessionTerminals | undefined {
    return this.#sessions.get(session);
  }

  all(): SessionTerminals[] {
    return [...this.#sessions.values()];
  }

  end(session: string): void {
    this.#sessions.get(session)?.end();
    this.#sessions.delete(session);
    this.#options.log.info({ session }, 'session ended');
    this.#watchIdle();
  }

  /** Ends all programs, closes all connections, then calls `onEnd`. */
  shutdown(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#idle);
    for (const session of this.all()) session.end();
    this.#server.close();
    for (const control of this.#controls) control.end();
    this.#options.log.info('pty host is ending');
    this.#options.onEnd();
  }

  #connected(socket: net.Socket): void {
    this.#connections++;
    this.#watchIdle();
    const gone = () => {
      this.#connections--;
      this.#watchIdle();
    };
    const timer = setTimeout(() => framed.close(closeCode.badMessage, 'found no hello in time'), helloWithinMs);
    const refuse = (reason: string) => framed.close(closeCode.badMessage, reason);
    const framed = new FramedSocket(socket, {
      onText: (text) => {
        clearTimeout(timer);
        this.#greet(framed, text, gone);
      },
      onBinary: () => refuse('found a binary message, expected a hello'),
      onClose: () => {
        clearTimeout(timer);
        gone();
      },
    });
  }

  #greet(socket: FramedSocket, text: string, gone: () => void): void {
    const hello = parseHello(text);
    if (hello === undefined)
      return socket.close(closeCode.badMessage, 'found no hello, expected one as the first message');
    const terminals = this.all().reduce((sum, session) => sum + session.count, 0);
    socket.sendText(
      JSON.stringify({ welcome: { protocol: hostProtocol, pid: process.pid, terminals, startedAt: this.#startedAt } }),
    );
    if (hello.role === 'viewer') this.#greetViewer(socket, hello, gone);
    else this.#greetControl(socket, gone);
  }

  #greetViewer(socket: FramedSocket, hello: Hello['hello'], gone: () => void): void {
    if (hello.protocol !== hostProtocol || hello.session === undefined) {
      return socket.close(
        closeCode.badMessage,
        `found protocol ${hello.protocol}, expected ${hostProtocol} and a session`,
      );
    }
    const viewer = new ViewerConnection(socket, this.session(hello.session), gone);
    this.#options.log.debug(
      { session: hello.session, viewers: this.session(hello.session).viewers.size },
      'viewer connected',
    );
    return void viewer;
  }

  // A control connection of any protocol is let in: `shutdown` never changes its shape, and a schema checks everything else.
  #greetControl(socket: FramedSocket, gone: () => void): void {
    const control: ControlConnection = new ControlConnection(socket, this, () => {
      this.#controls.delete(control);
      gone();
    });
    this.#controls.add(control);
  }

  #tell(event: TerminalEvent): void {
    if (event.type === 'exit') this.#options.log.info(event, 'terminal exited');
    for (const control of this.#controls) control.tell(event);
  }

  #watchIdle(): void {
    clearTimeout(this.#idle);
    if (this.#hasEnded || this.#connections > 0 || this.all().some((session) => session.count > 0)) return;
    this.#idle = setTimeout(() => this.shutdown(), this.#options.idleEndMs);
  }
}

function parseHello(text: string): Hello['hello'] | undefined {
  try {
    const parsed = helloSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.hello : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
