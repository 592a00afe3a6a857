// Takes the place of a machine's QEMU at the sockets in a session's folder: its monitor, its console, and as much of a guest
// as the start of a clone needs.
import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { socketPath } from '../../server/machines/vm/vm-place.ts';

type Answers = Record<string, unknown>;

export class FakeQemu {
  /** What the monitor was told, in order. */
  readonly commands: string[] = [];
  /** The same, and what came at the guest's sockets: `<socket> connected`, `<socket> told`. */
  readonly order: string[] = [];
  /** Answers by command; a command without an entry gets an empty answer. */
  readonly answers: Answers;
  /** Refusals by command, in QEMU's words. */
  readonly refusals: Record<string, string> = {};
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #disk: string;
  readonly #machine: string;
  #monitor: Socket | undefined;
  #console: Socket | undefined;

  /** @param disk the session's folder of sockets */
  static async start(disk: string, machine: string, answers: Answers = {}): Promise<FakeQemu> {
    const qemu = new FakeQemu(disk, machine, answers);
    await qemu.#listen('watch', (socket) => (qemu.#console = socket));
    await qemu.#listen('qmp', (socket) => qemu.#serve(socket));
    return qemu;
  }

  private constructor(disk: string, machine: string, answers: Answers) {
    this.#disk = disk;
    this.#machine = machine;
    this.answers = answers;
  }

  /** The guest's ports: an agent whose programs all end well, and a process that accepts the new identity. */
  async serveGuest(): Promise<void> {
    await this.#listen('agent', (socket) => {
      this.order.push('agent connected');
      socket.on('data', (chunk) => this.#answerAsAgent(socket, chunk.toString('latin1')));
    });
    await this.#listen('rekey', (socket) => {
      this.order.push('rekey connected');
      socket.once('data', () => {
        this.order.push('rekey told');
        socket.write('done\n');
      });
    });
  }

  /** Clients of all sockets. */
  get connections(): number {
    return this.#sockets.size;
  }

  print(text: string): void {
    this.#console?.write(text);
  }

  tell(event: string, data: object = {}): void {
    this.#monitor?.write(`${JSON.stringify({ event, data, timestamp: { seconds: 1, microseconds: 0 } })}\n`);
  }

  /** Ends QEMU; the container leaves a note of that. */
  end(number = 1): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
    for (const name of ['qmp', 'watch', 'agent', 'rekey'] as const)
      rmSync(socketPath(this.#disk, this.#machine, name), { force: true });
    writeFileSync(`${this.#disk}/${this.#machine}-ended-${number}`, '');
  }

  async #listen(name: 'qmp' | 'watch' | 'agent' | 'rekey', onClient: (socket: Socket) => void): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      onClient(socket);
    });
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(socketPath(this.#disk, this.#machine, name), resolve));
  }

  #serve(socket: Socket): void {
    this.#monitor = socket;
    socket.write('{"QMP": {"version": {"qemu": {"micro": 0, "minor": 0, "major": 10}}, "capabilities": []}}\r\n');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) this.#answer(socket, JSON.parse(line) as { execute: string; id: number });
    });
  }

  /** @param text a request in one piece, perhaps after the byte that never occurs in JSON */
  #answerAsAgent(socket: Socket, text: string): void {
    for (const line of text.split('\n')) {
      if (!line.includes('{')) continue;
      const request = JSON.parse(line.slice(line.indexOf('{'))) as {
        execute: string;
        arguments?: { id?: number; path?: string };
      };
      if (request.execute === 'guest-exec') this.order.push(`agent starts ${request.arguments?.path ?? ''}`);
      const answers: Record<string, unknown> = {
        'guest-sync-delimited': request.arguments?.id,
        'guest-exec': { pid: 1 },
        'guest-exec-status': { exited: true, exitcode: 0 },
      };
      socket.write(`${JSON.stringify({ return: answers[request.execute] ?? {} })}\n`);
    }
  }

  #answer(socket: Socket, { execute, id }: { execute: string; id: number }): void {
    this.commands.push(execute);
    this.order.push(execute);
    const desc = this.refusals[execute];
    const answer = execute in this.answers ? this.answers[execute] : {};
    const reply = desc === undefined ? { return: answer } : { error: { class: 'GenericError', desc } };
    if (execute === 'quit') this.end();
    else socket.write(`${JSON.stringify({ ...reply, id })}\n`);
    if (execute === 'system_reset') this.tell('RESET');
    if (execute.startsWith('migrate') && !execute.startsWith('migrate-set'))
      this.tell('MIGRATION', { status: 'completed' });
  }
}
