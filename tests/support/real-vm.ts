// Real virtual machines for tests: clones of the encryption lab's desktop, whose template the first test makes.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLab } from '../../labs/read-lab.ts';
import { readConfig } from '../../server/config.ts';
import type { Engine, ExecResult, LabMachines, SandboxSpec, VmSpec } from '../../server/machines/engine.ts';
import { createPodmanEngine } from '../../server/machines/podman/podman-engine.ts';
import { connectSandboxSocket } from '../../server/machines/vm/sandbox-socket.ts';
import { labMachines } from '../../server/sessions/lab-machines.ts';
import type { VmView } from '../../server/protocol/messages.ts';
import { pollUntil } from './page-terminal.ts';

/** The product's own lab: its template is the one that sessions start from, and it is made once for all tests. */
export const testVmLab: LabMachines = labMachines(readLab(join(readConfig([], process.env).labsDir, 'encrypt-disk')));
export const testVm = testVmLab.machines.find((machine): machine is VmSpec => machine.type === 'vm') ?? noVm();

function noVm(): never {
  throw new Error('the lab encrypt-disk has no virtual machine');
}

/** Half a minute under emulation on a quiet host of two cores; many times as long beside other work. */
export const bootMs = 15 * 60_000;

export class RealVms {
  readonly stateDir: string;
  readonly storageDir: string;
  engine: Engine & Disposable;

  /** Prepares nothing. @throws {Error} without a working podman */
  static async open(): Promise<RealVms> {
    const vms = new RealVms(await mkdtemp(join(tmpdir(), 'eu-os-labs-test-')), readConfig([], process.env).storageDir);
    try {
      await vms.newServer();
      return vms;
    } catch (failure) {
      // Nothing has been started, so there is only the folder to remove.
      await vms.#forget();
      throw failure;
    }
  }

  private constructor(stateDir: string, storageDir: string) {
    this.stateDir = stateDir;
    this.storageDir = storageDir;
    this.engine = createPodmanEngine({ stateDir, storageDir });
  }

  /** As after a restart of the server: only what is on the disk is known. */
  async newServer(): Promise<void> {
    this.engine[Symbol.dispose]();
    this.engine = createPodmanEngine({ stateDir: this.stateDir, storageDir: this.storageDir });
    const missing = await this.engine.open();
    if (missing !== undefined) throw new Error(missing);
  }

  /** @returns names of the steps that were reported */
  async prepare(
    lab = testVmLab,
    signal = new AbortController().signal,
    onStep: (step: string) => void = () => undefined,
  ): Promise<string[]> {
    const steps: string[] = [];
    await this.engine.prepare(
      lab,
      ({ step }) => {
        steps.push(step);
        onStep(step);
      },
      signal,
    );
    return steps;
  }

  async start(changes: Partial<SandboxSpec> = {}): Promise<string> {
    const id = randomBytes(8).toString('hex');
    await this.engine.start({ id, ...testVmLab, ...changes }, new AbortController().signal);
    return id;
  }

  view(id: string): VmView {
    const view = this.engine.vms(id)[testVm.name];
    if (view === undefined) throw new Error(`nothing is known of the machine of ${id}`);
    return view;
  }

  /** Runs a shell script in the guest. */
  sh(id: string, script: string, timeoutMs = 60_000): Promise<ExecResult> {
    const argv = ['bash', '-c', script];
    return this.engine.exec(id, { machine: testVm.name, argv, timeoutMs, maxOutputBytes: 64 * 1024 });
  }

  async untilPhase(id: string, phase: VmView['phase']): Promise<void> {
    await pollUntil(
      () => this.view(id).phase === phase,
      () => `phase ${phase}, found ${JSON.stringify(this.view(id))}`,
      bootMs,
    );
  }

  async console(id: string): Promise<SerialConsole> {
    const { socket, wake } = this.engine.serialConsole(id, testVm.name);
    return new SerialConsole(await connectSandboxSocket(socket), wake);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      for (const id of await this.engine.list()) await this.engine.stop(id);
    } finally {
      await this.#forget();
    }
  }

  async #forget(): Promise<void> {
    this.engine[Symbol.dispose]();
    await rm(this.stateDir, { recursive: true, force: true });
  }
}

/** A reader's end of the serial console. */
export class SerialConsole implements Disposable {
  text = '';
  readonly #socket: Socket;

  constructor(socket: Socket, wake: string) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('utf8');
    });
    socket.on('error', () => socket.destroy());
    this.type(wake);
  }

  type(text: string): void {
    this.#socket.write(text);
  }

  async waitFor(pattern: RegExp, withinMs = 60_000): Promise<void> {
    await pollUntil(
      () => pattern.test(this.text),
      () => `${pattern} at the console, found ${JSON.stringify(this.text.slice(-1_000))}`,
      withinMs,
    );
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
