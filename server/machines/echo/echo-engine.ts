// An engine for tests: a "machine" is a folder and a shell on this very host. No isolation whatsoever; refused outside tests.
import { cp, mkdtemp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProgram } from '../../start-program.ts';
import { LabError } from '../../errors.ts';
import type { PowerAction, TamperKind, VmView } from '../../protocol/messages.ts';
import type {
  Engine,
  ExecRequest,
  ExecResult,
  LabMachines,
  SandboxSpec,
  SandboxState,
  TerminalCommand,
  TerminalSocket,
} from '../engine.ts';
import { EchoVm } from './echo-vm.ts';

/** The marks that the machines' shells give, see labs/images/workstation. */
const shellStart = String.raw`PS1='\[\e]133;D;$?\a\e]133;A\a\]echo:\W\$ \[\e]133;B\a\]'
PS0='\e]133;C;$?\a'
HISTFILE=
cd
`;

/** For tests of what happens when things go wrong. */
export interface EchoFaults {
  /** What `open` reports as missing. */
  missing?: string;
  /** Makes `prepare` wait until this settles, and fail if it rejects. */
  image?: Promise<void>;
  /** Makes `start` fail with this message. */
  start?: string;
  /** Called at each start, which goes on when this has settled. */
  whenStarting?: (id: string) => Promise<void>;
}

/** @param root where the machines' folders are; a restarted server finds them there. Absent: a new folder. */
export function createEchoEngine(faults: EchoFaults = {}, root?: string): Engine {
  return new EchoEngine(faults, root);
}

class EchoEngine implements Engine {
  readonly name = 'echo';
  readonly unenforced = ['memory', 'cpus', 'pids', 'disk'] as Engine['unenforced'];
  readonly #faults: EchoFaults;
  /** By sandbox and machine. They belong to this process: they end with a server that is killed. */
  readonly #vms = new Map<string, Map<string, EchoVm>>();
  #onVmChange: (sandboxId: string) => void = () => undefined;
  #rootPath: string;

  constructor(faults: EchoFaults, root = '') {
    this.#faults = faults;
    this.#rootPath = root;
  }

  async open(): Promise<string | undefined> {
    if (this.#rootPath === '') this.#rootPath = await mkdtemp(join(tmpdir(), 'eu-os-labs-echo-'));
    await mkdir(this.#rootPath, { recursive: true });
    return this.#faults.missing;
  }

  async prepareImage(_image: string, onProgress: Parameters<Engine['prepareImage']>[1]): Promise<void> {
    onProgress({ step: 'echo:nothing', done: 0, total: 1 });
    await this.#faults.image;
  }

  imageDigest(): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }

  versions(): Promise<Record<string, string>> {
    return Promise.resolve({ echo: '1' });
  }

  prepare(_lab: LabMachines, onProgress: Parameters<Engine['prepare']>[1]): Promise<void> {
    return this.prepareImage('', onProgress);
  }

  async states({ lab }: LabMachines): Promise<string[]> {
    const names = await readdir(this.#statesPath(lab)).catch(() => []);
    return names.filter((name) => !name.endsWith('.key')).map(decodeURIComponent);
  }

  async saveState(sandboxId: string, { lab }: LabMachines, name: string, key: string): Promise<void> {
    const path = this.#statesPath(lab, name);
    await rm(path, { recursive: true, force: true });
    const filter = (from: string) => !from.endsWith('.sock');
    await cp(join(this.#rootPath, sandboxId), path, { recursive: true, filter });
    await writeFile(`${path}.key`, key);
  }

  async stateKey({ lab }: LabMachines, name: string): Promise<string | undefined> {
    return readFile(`${this.#statesPath(lab, name)}.key`, 'utf8').catch(() => undefined);
  }

  acceleration(): 'emulation' {
    return 'emulation';
  }

  vms(sandboxId: string): Record<string, VmView> {
    const vms = [...(this.#vms.get(sandboxId) ?? [])];
    return Object.fromEntries(vms.map(([name, vm]) => [name, vm.view()]));
  }

  onVmChange(listener: (sandboxId: string) => void): void {
    this.#onVmChange = listener;
  }

  async power(sandboxId: string, machine: string, action: PowerAction): Promise<void> {
    this.#vm(sandboxId, machine).power(action);
  }

  async tamper(sandboxId: string, machine: string, kind: TamperKind | 'undo'): Promise<void> {
    await this.#vm(sandboxId, machine).tamper(kind);
  }

  async touchSecurityKey(sandboxId: string, machine: string): Promise<void> {
    await this.#vm(sandboxId, machine).touch();
  }

  async readWindow(sandboxId: string, machine: string): Promise<void> {
    this.#vm(sandboxId, machine).readWindow();
  }

  async openScreen(sandboxId: string, machine: string): Promise<Duplex> {
    return this.#vm(sandboxId, machine).openScreen();
  }

  async start(spec: SandboxSpec): Promise<void> {
    if (this.#faults.start !== undefined) throw new LabError('LAB_ERR_START', this.#faults.start);
    await this.#faults.whenStarting?.(spec.id);
    const home = join(this.#rootPath, spec.id);
    if (spec.from === undefined) await mkdir(home);
    else await cp(this.#statesPath(spec.lab, spec.from), home, { recursive: true, errorOnExist: true, force: false });
    await writeFile(join(home, '.bashrc'), shellStart);
    const vms = new Map<string, EchoVm>();
    this.#vms.set(spec.id, vms);
    for (const machine of spec.machines) {
      if (machine.type !== 'vm') continue;
      const vm = new EchoVm(home, machine, this.#shell(spec.id), () => this.#onVmChange(spec.id));
      vms.set(machine.name, vm);
      await vm.open();
    }
  }

  terminalCommand(sandboxId: string): TerminalCommand {
    return this.#shell(sandboxId);
  }

  serialConsole(sandboxId: string, machine: string): TerminalSocket {
    return { socket: this.#vm(sandboxId, machine).socketPath, wake: '\r' };
  }

  async resizeSerial(sandboxId: string, machine: string, columns: number, rows: number): Promise<void> {
    this.#vms.get(sandboxId)?.get(machine)?.resize(columns, rows);
  }

  /** Nothing to do: the shell is a child of the pty's own process and is told of its end. */
  endTerminal(): Promise<void> {
    return Promise.resolve();
  }

  async exec(sandboxId: string, request: ExecRequest): Promise<ExecResult> {
    const home = join(this.#rootPath, sandboxId);
    const [file = 'true', ...args] = request.argv;
    const result = await startProgram('timeout', ['--kill-after=1', `${request.timeoutMs / 1000}`, file, ...args], {
      cwd: home,
      env: { ...request.env, HOME: home },
      input: request.stdin ?? '',
      maxBuffer: request.maxOutputBytes,
      reject: false,
    });
    const { exitCode, stdout, stderr } = result;
    return { ...(exitCode === undefined || exitCode === 124 || exitCode === 137 ? {} : { exitCode }), stdout, stderr };
  }

  async status(sandboxId: string): Promise<SandboxState> {
    return (await this.list()).includes(sandboxId) ? 'running' : 'absent';
  }

  async running(): Promise<ReadonlySet<string>> {
    return new Set(await this.list());
  }

  /** Nothing to take over: shells belong to the terminals. */
  findAgain(): Promise<void> {
    return Promise.resolve();
  }

  async stop(sandboxId: string): Promise<void> {
    for (const vm of this.#vms.get(sandboxId)?.values() ?? []) await vm.close();
    this.#vms.delete(sandboxId);
    await rm(join(this.#rootPath, sandboxId), { recursive: true, force: true });
  }

  async list(): Promise<string[]> {
    return readdir(this.#rootPath);
  }

  #shell(sandboxId: string): TerminalCommand {
    const home = join(this.#rootPath, sandboxId);
    const args = ['--noprofile', '--rcfile', join(home, '.bashrc'), '-i'];
    return { file: 'bash', args, env: { HOME: home, PATH: process.env['PATH'] ?? '' } };
  }

  /** Beside the machines' folders, so that `list` need not leave them out. */
  #statesPath(lab: string, name = ''): string {
    return join(`${this.#rootPath}-states`, lab, encodeURIComponent(name));
  }

  #vm(sandboxId: string, machine: string): EchoVm {
    const vm = this.#vms.get(sandboxId)?.get(machine);
    if (vm === undefined) throw new LabError('LAB_ERR_BAD_REQUEST', `${machine} is not a virtual machine`);
    return vm;
  }
}
