// What a sandbox engine can do. Code outside server/machines/ knows only this file.
import type { Duplex } from 'node:stream';
import type { PowerAction, Progress, SessionView, TamperKind, VmView } from '../protocol/messages.ts';

/** One machine of a lab, as lab.yaml describes it after validation. */
export type MachineSpec = ContainerSpec | VmSpec;

export interface ContainerSpec {
  type: 'container';
  name: string;
  image: string;
  memoryMiB: number;
  cpus: number;
  pids: number;
}

export interface VmSpec {
  type: 'vm';
  name: string;
  /** The guest's memory; QEMU's own is added to it, see server/machines/vm/. */
  memoryMiB: number;
  cpus: number;
  firmware: 'uefi-secure-boot' | 'uefi' | 'bios';
  tpm: boolean;
  /** In the order of /dev/vda, /dev/vdb …; `image`: a disk image of labs/images/; otherwise blank, with `sizeMiB`. */
  disks: { name: string; image?: string; sizeMiB?: number }[];
  network: boolean;
  bootOrder: ('disk' | 'network')[];
  screen: boolean;
  /** `booted`: sessions start from a template of the booted machine. `cold`: the reader sees it boot. */
  boot: 'booted' | 'cold';
  securityKey: boolean;
}

/** Everything that is needed to start one session's sandbox. */
export interface SandboxSpec {
  /** The session's id, or a prepared sandbox's own: `[a-z0-9]{8,32}`. */
  id: string;
  lab: string;
  machines: MachineSpec[];
  /** Space for everything that the session's machines write. */
  diskMiB: number;
  /** The lab's files on the server, offered read-only in each machine under /usr/share/lab/files; absent: none. */
  filesDir?: string;
  /** Named state to start from, one of `states`; absent: the lab's beginning. */
  from?: string;
  /** Whether `saveState` will be called for this sandbox: then its virtual machines keep their memory in files. */
  isForSaving?: boolean;
}

/** The part of a lab that `prepare` needs. */
export type LabMachines = Pick<SandboxSpec, 'lab' | 'machines' | 'diskMiB' | 'filesDir'>;

/** A byte stream that a terminal shows as it is: a virtual machine's serial console. */
export interface TerminalSocket {
  /** Unix socket on this host. Connected without following a link: what lies there belongs to a sandbox. */
  socket: string;
  /** Sent once after the first connection: an Enter makes a parked shell show its prompt. */
  wake: string;
}

/** What is needed to start a program on a pty that reaches into a machine (an exec call, over the network or not). */
export interface TerminalCommand {
  file: string;
  args: string[];
  env: Record<string, string>;
}

export interface ExecRequest {
  machine: string;
  /** Program and arguments inside the machine. */
  argv: string[];
  stdin?: string;
  env?: Record<string, string>;
  timeoutMs: number;
  /** Output beyond this is dropped, for each stream. */
  maxOutputBytes: number;
}

export interface ExecResult {
  /** Absent when the time limit was reached; the program has been killed then. */
  exitCode?: number;
  stdout: string;
  stderr: string;
}

export type SandboxState = 'running' | 'stopped' | 'absent';

export type Unenforced = SessionView['unenforced'][number];

export interface Engine {
  readonly name: string;
  /** Limits that this host cannot enforce; found out by probes, known after `open`. */
  readonly unenforced: Unenforced[];
  /**
   * Finds out whether this host can start sandboxes.
   * @returns undefined when it can, otherwise one sentence: what is missing and the command that fixes it. Never throws.
   */
  open(): Promise<string | undefined>;
  /**
   * Builds an image unless one already exists for exactly these inputs. Concurrent calls share one build.
   * @throws {LabError} LAB_ERR_IMAGE with the reason; no half image is left.
   */
  prepareImage(image: string, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<void>;
  /** Content digest of a prepared image (`sha256:…`), undefined when the image does not exist. */
  imageDigest(image: string): Promise<string | undefined>;
  /** What a lab's sandboxes run on: program → version. For reports; it runs programs, so it is not for every request. */
  versions(lab: LabMachines): Promise<Record<string, string>>;
  /**
   * Makes everything that sessions of a lab start from: images, disks, templates of its virtual machines. What is damaged,
   * half made or from another QEMU is made again, which the progress step `<machine>:template-rebuilt` reports.
   * @throws {LabError} LAB_ERR_IMAGE; LAB_ERR_LAB_FILE when a machine asks for more than this host has
   */
  prepare(lab: LabMachines, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<void>;
  /** Named states from which a sandbox of the lab may start now. Those of other images, labs or QEMUs are left out. */
  states(lab: LabMachines): Promise<string[]>;
  /**
   * Saves a sandbox that was started with `isForSaving` under a name, replacing a state of that name; the sandbox goes on.
   * @param key what the state was made of; kept beside it, for `stateKey`.
   * @throws {LabError} LAB_ERR_DISK_FULL, LAB_ERR_EXEC; no half state is left
   */
  saveState(sandboxId: string, lab: LabMachines, name: string, key: string): Promise<void>;
  /** The key with which the state of that name was saved; undefined when there is none from which a sandbox may start. */
  stateKey(lab: LabMachines, name: string): Promise<string | undefined>;
  /** How virtual machines run on this host; found out by a probe with a time limit, known after one has been prepared. */
  acceleration(): 'kvm' | 'emulation' | undefined;
  /** What is known about a sandbox's virtual machines, by machine name. */
  vms(sandboxId: string): Record<string, VmView>;
  /** One listener, called when `vms` of a sandbox has changed. */
  onVmChange(listener: (sandboxId: string) => void): void;
  /** @throws {LabError} LAB_ERR_BAD_REQUEST for a container, LAB_ERR_EXEC when QEMU does not answer */
  power(sandboxId: string, machine: string, action: PowerAction): Promise<void>;
  /** Switches the machine off, tampers with it, and switches it on. @throws {LabError} as `power` */
  tamper(sandboxId: string, machine: string, kind: TamperKind | 'undo'): Promise<void>;
  /** The reader's touch of the stand-in security key. @throws {LabError} as `power`; LAB_ERR_BUSY when it is not waiting for one */
  touchSecurityKey(sandboxId: string, machine: string): Promise<void>;
  /** Reads the machine's window now; the result is in `vms`. */
  readWindow(sandboxId: string, machine: string): Promise<void>;
  /** The VNC stream of the graphical console. @throws {LabError} LAB_ERR_BAD_REQUEST when the machine has none */
  openScreen(sandboxId: string, machine: string): Promise<Duplex>;
  /** Starts all machines; after a failure nothing is left behind. @throws {LabError} LAB_ERR_START */
  start(spec: SandboxSpec, signal: AbortSignal): Promise<void>;
  /**
   * The command whose pty is a login shell in the machine. Does not start anything.
   * @param terminal the terminal's number, for `endTerminal`; absent for a shell that nobody will end.
   */
  terminalCommand(sandboxId: string, machine: string, terminal?: number): TerminalCommand;
  /** A virtual machine's serial console. @throws {LabError} LAB_ERR_BAD_REQUEST for a container. */
  serialConsole(sandboxId: string, machine: string): TerminalSocket;
  /** Tells a serial console's shell the size of the terminal that shows it. Never throws: a console works without it. */
  resizeSerial(sandboxId: string, machine: string, columns: number, rows: number): Promise<void>;
  /** Hangs up whatever the terminal's shell left running in the machine: ending the exec call does not reach it. */
  endTerminal(sandboxId: string, machine: string, terminal: number): Promise<void>;
  /** Runs a program without a terminal. @throws {LabError} LAB_ERR_EXEC when the machine cannot be reached. */
  exec(sandboxId: string, request: ExecRequest): Promise<ExecResult>;
  /** Changes nothing. */
  status(sandboxId: string): Promise<SandboxState>;
  /** Ids of all sandboxes of this server whose machines are all running: one query for any number of them. */
  running(): Promise<ReadonlySet<string>>;
  /** Takes over a running sandbox that the previous server started. One that is already known stays as it is. */
  findAgain(sandboxId: string): Promise<void>;
  /** Ends a sandbox and removes everything it had. Ending one that does not exist is not an error. */
  stop(sandboxId: string): Promise<void>;
  /** Ids of all sandboxes of this server that exist, running or not: what a reaper compares with its sessions. */
  list(): Promise<string[]>;
}
