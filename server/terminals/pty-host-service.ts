// The terminal service on a pty host: keeps one control connection, makes one connection for each page.
import { z } from 'zod';
import { LabError } from '../errors.ts';
import type { BlockRun } from '../protocol/messages.ts';
import { HostControl } from './host-control.ts';
import { watchHeart } from './host-heartbeat.ts';
import { hostSocketPath } from './host-protocol/host-paths.ts';
import { connectToHost } from './pty-host-connection.ts';
import { ensurePtyHost, type LaunchOptions } from './pty-host-launcher.ts';
import { SocketViewerLink } from './socket-viewer-link.ts';
import type { TerminalEvent, TerminalInfo, TerminalService, TerminalSpec, ViewerLink } from './terminal-service.ts';

/**
 * Connects to the state directory's pty host, starting it when none answers. When the host dies, the next call starts
 * another one, whose list of terminals is empty.
 * @throws {LabError} LAB_ERR_PTY_HOST, LAB_ERR_SETTING (see ensurePtyHost)
 */
export async function connectTerminalService(options: LaunchOptions): Promise<TerminalService> {
  const service = new PtyHostService(options);
  await service.list();
  return service;
}

class PtyHostService implements TerminalService {
  readonly #options: LaunchOptions;
  readonly #listeners = new Set<(event: TerminalEvent) => void>();
  #control: Promise<HostControl> | undefined;
  #endWatch: () => void = () => undefined;
  #isDisconnected = false;

  constructor(options: LaunchOptions) {
    this.#options = options;
  }

  async open(terminal: TerminalSpec): Promise<void> {
    const { columns = 80, rows = 24, ...rest } = terminal;
    await (await this.#connected()).request('open', { ...rest, columns, rows });
  }

  async list(session?: string): Promise<TerminalInfo[]> {
    // The host runs this repository's code, of the same protocol: its answers are not validated again.
    return (await (await this.#connected()).request('list', { session })) as TerminalInfo[];
  }

  async close(session: string, number: number): Promise<void> {
    await (await this.#connected()).request('close', { session, number });
  }

  async leavePrompt(session: string, number: number, isOff = false): Promise<void> {
    await (await this.#connected()).request('leavePrompt', { session, number, isOff });
  }

  async closeSession(session: string): Promise<void> {
    await (await this.#connected()).request('closeSession', { session });
  }

  async blocks(session: string): Promise<BlockRun[]> {
    return (await (await this.#connected()).request('blocks', { session })) as BlockRun[];
  }

  async idleTimes(): Promise<Map<string, number>> {
    const times = await (await this.#connected()).request('idleTimes', {});
    return new Map(z.array(z.tuple([z.string(), z.number()])).parse(times));
  }

  async connectViewer(session: string): Promise<ViewerLink> {
    await this.#connected();
    const link = new SocketViewerLink();
    const path = hostSocketPath(this.#options.stateDir);
    try {
      const connection = await connectToHost(path, { role: 'viewer', session }, link.listeners);
      if (connection === undefined) throw new Error('nothing listens on its socket');
      link.begin(connection.socket);
      return link;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new LabError('LAB_ERR_PTY_HOST', `The pty host cannot be reached: ${why}.`, error);
    }
  }

  onEvent(listener: (event: TerminalEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async disconnect(): Promise<void> {
    this.#isDisconnected = true;
    this.#endWatch();
    const control = this.#control;
    this.#control = undefined;
    if (control !== undefined) (await control).close();
  }

  #connected(): Promise<HostControl> {
    if (this.#isDisconnected) throw new LabError('LAB_ERR_PTY_HOST', 'The server has disconnected from the pty host.');
    if (this.#control !== undefined) return this.#control;
    const control = ensurePtyHost(
      this.#options,
      (event) => this.#tell(event),
      () => this.#lost(control),
    );
    this.#control = control;
    control.then(
      (found) => this.#watch(control, found),
      () => undefined,
    );
    // A failed attempt is not kept: the next call tries again. This caller gets the reason.
    control.catch(() => {
      if (this.#control === control) this.#control = undefined;
    });
    return control;
  }

  #watch(control: Promise<HostControl>, found: HostControl): void {
    if (this.#control !== control) return;
    this.#endWatch = watchHeart(
      {
        // Every host of this protocol answers this at once, with an empty result.
        ask: () => found.request('idleTimes', {}),
        onSilent: () => this.#tell({ type: 'host-silent' }),
        onAnswer: () => this.#tell({ type: 'host-answers' }),
        // Its end is noticed on the socket, as when it dies by itself.
        onHung: () => found.kill(),
      },
      this.#options.heartbeatMs,
    );
  }

  #lost(control: Promise<HostControl>): void {
    if (this.#control !== control) return;
    this.#control = undefined;
    this.#endWatch();
    this.#tell({ type: 'host-lost' });
  }

  #tell(event: TerminalEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
