// The test engine's replacement for a virtual machine: a shell behind a serial socket, and a changing state.
import { existsSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { spawn, type IPty } from 'node-pty';
import { LabError } from '../../errors.ts';
import type { MachineWindow, PowerAction, TamperKind, VmView } from '../../protocol/messages.ts';
import type { TerminalCommand, VmSpec } from '../engine.ts';

export class EchoVm {
  readonly socketPath: string;
  readonly #home: string;
  readonly #spec: VmSpec;
  readonly #shell: TerminalCommand;
  readonly #onChange: () => void;
  readonly #sockets = new Set<Socket>();
  readonly #tampered: TamperKind[] = [];
  #server: Server | undefined;
  #pty: IPty | undefined;
  #since = Date.now();
  #boots = 0;
  #window: MachineWindow | undefined;

  constructor(home: string, spec: VmSpec, shell: TerminalCommand, onChange: () => void) {
    this.socketPath = join(home, `${spec.name}-serial.sock`);
    this.#home = home;
    this.#spec = spec;
    this.#shell = shell;
    this.#onChange = onChange;
  }

  /** Switches on, with a serial console to connect to. */
  async open(): Promise<void> {
    const server = createServer((socket) => this.#connected(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(this.socketPath, resolve));
    this.#boot();
  }

  async close(): Promise<void> {
    this.#off();
    for (const socket of this.#sockets) socket.destroy();
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
    rmSync(this.socketPath, { force: true });
  }

  view(): VmView {
    const { firmware, tpm, screen, securityKey } = this.#spec;
    return {
      power: this.#pty === undefined ? 'off' : 'on',
      ...(this.#pty === undefined ? {} : { phase: 'ready' as const }),
      since: this.#since,
      acceleration: 'emulation',
      firmware,
      hasTpm: tpm,
      hasScreen: screen,
      hasSecurityKey: securityKey,
      wantsTouch: securityKey && existsSync(this.#touchPath),
      tampered: [...this.#tampered],
      ...(this.#window === undefined ? {} : { window: this.#window }),
    };
  }

  power(action: PowerAction): void {
    this.#off();
    if (action === 'start' || action === 'reset') this.#boot();
    else this.#onChange();
  }

  /** The console goes away and comes back, as when QEMU is restarted. */
  async tamper(kind: TamperKind | 'undo'): Promise<void> {
    await this.close();
    if (kind === 'undo') this.#tampered.length = 0;
    else this.#tampered.push(kind);
    await this.open();
  }

  /** The key waits while its file is there. */
  async touch(): Promise<void> {
    if (!existsSync(this.#touchPath)) throw new LabError('LAB_ERR_BUSY', 'the security key is not waiting for a touch');
    rmSync(this.#touchPath);
    this.#onChange();
  }

  readWindow(): void {
    const bootId = `boot-${this.#boots}`;
    this.#window = { readAt: Date.now(), bootId, secureBoot: 'on', pcrs: [], disks: [], kernelArguments: 'echo' };
    this.#onChange();
  }

  /** Greets as a VNC server does, then echoes whatever it is sent. */
  openScreen(): Duplex {
    if (!this.#spec.screen) throw new LabError('LAB_ERR_BAD_REQUEST', `${this.#spec.name} has no screen`);
    const screen: Duplex = new Duplex({
      read: () => undefined,
      write(chunk: Buffer, _encoding, done) {
        if (chunk.toString() === 'hang up') screen.push(null);
        else screen.push(chunk);
        done();
      },
    });
    screen.push('RFB 003.008\n');
    return screen;
  }

  resize(columns: number, rows: number): void {
    this.#pty?.resize(columns, rows);
  }

  get #touchPath(): string {
    return join(this.#home, 'wants-touch');
  }

  #boot(): void {
    this.#boots += 1;
    this.#since = Date.now();
    const { file, args, env } = this.#shell;
    const pty = spawn(file, args, { env: { ...env, TERM: 'xterm-256color' }, cwd: this.#home });
    this.#pty = pty;
    pty.onData((text) => {
      for (const socket of this.#sockets) socket.write(text);
    });
    // Like the login of a console, which starts the shell again.
    pty.onExit(() => {
      if (this.#pty === pty) this.#boot();
    });
    this.#onChange();
  }

  #off(): void {
    const pty = this.#pty;
    this.#pty = undefined;
    this.#since = Date.now();
    pty?.kill('SIGKILL');
  }

  #connected(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('data', (data) => this.#pty?.write(data.toString()));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
