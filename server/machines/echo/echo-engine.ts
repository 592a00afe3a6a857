// An engine for tests: a "machine" is a folder and a shell on this very host. No isolation whatever; refused outside tests.
import { mkdtemp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { LabError } from '../../errors.ts';
import type { Engine, ExecRequest, ExecResult, SandboxSpec, SandboxState, TerminalCommand } from '../engine.ts';

/** Marks as the machines' shells give them, see labs/images/workstation. */
const shellStart = String.raw`PS1='\[\e]133;D;$?\a\e]133;A\a\]echo:\W\$ \[\e]133;B\a\]'
PS0='\e]133;C;$?\a'
HISTFILE=
cd
`;

/** For tests of what happens when things go wrong. */
export interface EchoFaults {
  /** What `open` says is missing. */
  missing?: string;
  /** Makes `prepareImage` wait until this settles, or fail with it. */
  image?: Promise<void>;
  /** Makes `start` fail with this message. */
  start?: string;
}

/** @param root where the machines' folders are; a server that is started again finds them there. Absent: a new folder. */
export function createEchoEngine(faults: EchoFaults = {}, root?: string): Engine {
  return new EchoEngine(faults, root);
}

class EchoEngine implements Engine {
  readonly name = 'echo';
  readonly unenforced = ['memory', 'cpus', 'pids', 'disk'] as Engine['unenforced'];
  readonly #faults: EchoFaults;
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

  async start(spec: SandboxSpec): Promise<void> {
    if (this.#faults.start !== undefined) throw new LabError('LAB_ERR_START', this.#faults.start);
    await mkdir(join(this.#rootPath, spec.id));
    await writeFile(join(this.#rootPath, spec.id, '.bashrc'), shellStart);
  }

  terminalCommand(sandboxId: string): TerminalCommand {
    const home = join(this.#rootPath, sandboxId);
    const args = ['--noprofile', '--rcfile', join(home, '.bashrc'), '-i'];
    return { file: 'bash', args, env: { HOME: home, PATH: process.env['PATH'] ?? '' } };
  }

  /** Nothing to do: the shell is a child of the pty's own process and hears of its end. */
  endTerminal(): Promise<void> {
    return Promise.resolve();
  }

  async exec(sandboxId: string, request: ExecRequest): Promise<ExecResult> {
    const home = join(this.#rootPath, sandboxId);
    const [file = 'true', ...args] = request.argv;
    const result = await execa('timeout', ['--kill-after=1', `${request.timeoutMs / 1000}`, file, ...args], {
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

  async stop(sandboxId: string): Promise<void> {
    await rm(join(this.#rootPath, sandboxId), { recursive: true, force: true });
  }

  async list(): Promise<string[]> {
    return readdir(this.#rootPath);
  }
}
