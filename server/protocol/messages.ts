// The JSON messages between page and server, only as types: no node, no DOM, no validation (see requests.ts).

import type { powerActions, tamperKinds } from './machine-actions.ts';

/** Bumped when an old page could misread a new server. The page reloads when its number differs from `hello`'s. */
export const protocolVersion = 3;

/** Only forward: preparing → queued → starting → ready → ending → ended; any of them may become failed. */
export type SessionState = 'preparing' | 'queued' | 'starting' | 'ready' | 'ending' | 'ended' | 'failed';

/** Why a session ended or failed, or what it waits for: a stable code, for which the page has the words. */
export type SessionReason =
  | 'image-building'
  | 'image-failed'
  | 'lab-broken'
  | 'no-seat'
  | 'idle'
  | 'time-limit'
  | 'by-reader'
  | 'by-operator'
  | 'reset'
  | 'start-failed'
  | 'machine-died'
  | 'engine-missing';

export interface Progress {
  /** Machine-readable name of what is being done, for example `os-base:packages`. */
  step: string;
  done: number;
  total: number;
  /** An estimate; absent when there is none. */
  secondsLeft?: number;
}

/** For a page whose browser stores no cookie: identifies its reader from then on, see reader-token.ts. */
export interface ReaderToken {
  token: string;
}

export interface SessionView {
  id: string;
  lab: string;
  state: SessionState;
  reason?: SessionReason;
  /** One line for a human, in English, for logs and "details"; never the only thing a page shows. */
  detail?: string;
  progress?: Progress;
  /** Place in the queue (1 = next) while `queued`. */
  place?: number;
  machines: MachineView[];
  /** Named state that the session was started from, for example `encrypt/tpm2`; absent: the lab's beginning. */
  from?: string;
  terminals: TerminalView[];
  /** The pty host does not answer; it will be replaced if that goes on. */
  terminalsSilent?: true;
  /** When the previous terminals were lost, with the programs in them, in milliseconds since 1970. */
  terminalsLostAt?: number;
  /**
   * Milliseconds after which the session ends unless the reader asks for more time, counted from when this was sent, because
   * the clocks of pages and servers differ and may be set.
   */
  endsInMs: number;
  /** Which limit ends the session: the idle one or the absolute one. */
  endsBecause: 'idle' | 'time-limit';
  canExtend: boolean;
  /** Limits that this host cannot enforce, for example `memory` for rootless podman on cgroup v1. */
  unenforced: ('memory' | 'cpus' | 'pids' | 'disk')[];
}

export interface MachineView {
  name: string;
  title: string;
  type: 'container' | 'vm';
  /** Only for virtual machines, and only while the session is ready. */
  vm?: VmView;
}

/** The phase of a virtual machine's boot, known from its console, QEMU's events and its agent. */
export type BootPhase = 'firmware' | 'boot-loader' | 'kernel' | 'initramfs' | 'unlock' | 'system' | 'ready';

/** What may go wrong in a virtual machine; the page has the words. */
export type VmTrouble = 'panic' | 'stuck' | 'emergency' | 'no-boot' | 'disk-full' | 'tpm-lost' | 'qemu-lost';

/** What *Tamper* can do to a machine. `undo` reverts all of it. */
export type TamperKind = (typeof tamperKinds)[number];

export type PowerAction = (typeof powerActions)[number];

export interface VmView {
  power: 'on' | 'off';
  /** Absent while it is off. `unlock`: it waits for a passphrase at its console. */
  phase?: BootPhase;
  /** When `phase` or `power` last changed, in milliseconds since 1970. */
  since: number;
  /** Only with `ready`: the system has ended its agent, as it does when it shuts down or restarts. */
  goesDown?: true;
  /** Only with `boot-loader`: a key press has stopped the boot menu’s countdown, or the menu has none; it waits for a person. */
  waitsAtMenu?: true;
  acceleration: 'kvm' | 'emulation';
  firmware: 'uefi-secure-boot' | 'uefi' | 'bios';
  hasTpm: boolean;
  hasScreen: boolean;
  /** The machine has the stand-in security key; `wantsTouch`: that key waits for the reader's touch. */
  hasSecurityKey: boolean;
  wantsTouch: boolean;
  trouble?: VmTrouble;
  /** One line for a human, in English; never the only thing a page shows. */
  detail?: string;
  /** The last boot, if it was seen from its firmware on: completed phases in milliseconds. */
  boot?: PhaseTime[];
  /** Absent until enough boots of such a machine have been measured on this host. */
  usualBoot?: UsualBoot;
  /** What *Tamper* did that has not been undone, in order. */
  tampered: TamperKind[];
  /** The last reading of the machine's window; absent before the first. */
  window?: MachineWindow;
}

/** A completed phase of a boot. `waited`: it waited for a person, at the boot menu, so its time says nothing about the machine. */
export interface PhaseTime {
  phase: BootPhase;
  durationMs: number;
  waited?: true;
}

/** How long such a machine takes to boot on this host: medians of the last boots, without waits for a person. */
export interface UsualBoot {
  /** Milliseconds; a phase that such boots skip is absent. */
  phases: Partial<Record<BootPhase, number>>;
  totalMs: number;
}

/** What the lab server read from inside a virtual machine. */
export interface MachineWindow {
  /** Milliseconds since 1970. */
  readAt: number;
  /** The kernel's boot id: readings of one boot share it. */
  bootId: string;
  secureBoot: 'on' | 'off' | 'setup' | 'none';
  /** SHA-256 bank, PCR 0 to 15. `changed`: differs from the last reading of the previous boot. */
  pcrs: { index: number; value: string; changed: boolean }[];
  disks: WindowDisk[];
  /** The ostree deployment that booted. */
  deployment?: { checksum: string; version: string };
  kernelArguments: string;
}

export interface WindowDisk {
  /** Block device, for example `/dev/vda3`. */
  device: string;
  sizeBytes: number;
  /** Absent for a partition or disk without LUKS. */
  luks?: {
    uuid: string;
    isOpen: boolean;
    /** Key slots with what opens them; `pcrs` for TPM2 tokens. */
    slots: {
      slot: number;
      kind: 'password' | 'recovery' | 'tpm2' | 'fido2' | 'other';
      pcrs?: number[];
      pin?: boolean;
    }[];
  };
}

export interface TerminalView {
  /** Number used in frames; unique in the session, never reused. */
  number: number;
  machine: string;
  title: string;
  /** `serial`: the machine's serial console, which survives its reboots. `shell`: a login. */
  kind: 'shell' | 'serial';
  state: 'running' | 'exited';
  exitCode?: number;
}

/** The state of a run block, kept by the server, so that a reload or a second tab shows the same. */
export interface BlockRun {
  /** The run block's id on its page, prefixed with the lesson: `build/from-containerfile-to-image#build`. */
  block: string;
  terminal: number;
  state: 'typed' | 'running' | 'done';
  /** First non-zero exit status of the block's commands, otherwise 0. Absent until done, or when the shell went away. */
  exitStatus?: number;
  /**
   * The block is done, but the text that it waited for did not come within the time limit, before the prompt was back, or
   * before its machine was off.
   */
  unseen?: 'time-limit' | 'prompt' | 'machine-off';
  /** Milliseconds since 1970. */
  startedAt: number;
  durationMs?: number;
}

export type Request =
  | {
      type: 'attach';
      terminal: number;
      columns: number;
      rows: number;
      /** Bytes already shown; absent on a fresh page. */ offset?: number;
      /** False: the size of the page in use still counts. Absent: true. */
      inUse?: boolean;
    }
  | { type: 'detach'; terminal: number }
  | { type: 'resize'; terminal: number; columns: number; rows: number }
  | {
      type: 'run';
      terminal: number;
      block: string;
      command: string;
      /** Types the text as keys, as the answer to a program's question, instead of a command at a shell's prompt. */
      keys?: boolean;
      /** The question, in the form of `until`: keys are typed only if the terminal has shown it and nobody has answered since. */
      question?: string;
      /** Done when this text is seen in the output that follows, not when the shell's prompt is back. */
      until?: string;
      /** Seconds within which `until` must appear; ten minutes when absent. */
      withinSeconds?: number;
    }
  | { type: 'interrupt'; terminal: number }
  | { type: 'ping'; id: number };

export type ServerEvent =
  | { type: 'hello'; protocol: number; session: SessionView; blocks: BlockRun[] }
  | { type: 'session'; session: SessionView }
  | { type: 'block'; run: BlockRun }
  | { type: 'exit'; terminal: number; exitCode: number }
  /** The terminal's size, and whether it is this page's: the size of the page that was used last counts. */
  | { type: 'size'; terminal: number; columns: number; rows: number; isYours: boolean }
  | { type: 'error'; code: string; message: string; terminal?: number; block?: string }
  | { type: 'pong'; id: number };

/** Answer of POST /api/sessions/:id/checks/:check. */
export interface CheckResult {
  check: string;
  outcome: 'passed' | 'failed' | 'broken' | 'timed-out';
  /** A code that lab.yaml lists under the check's causes; only with `failed`. */
  cause?: string;
  /** Data for the message's placeholders. */
  data: Record<string, string>;
  durationMs: number;
}

/** Answer of GET /api/labs and GET /api/labs/:lab. */
export interface LabView {
  id: string;
  title: string;
  state: 'preparing' | 'ready' | 'failed' | 'no-engine';
  progress?: Progress;
  detail?: string;
  /** Named states from which a session may start now: `<lesson>` and `<lesson>#<step>`. */
  states: string[];
  /** A lab with virtual machines: how they run on this host. */
  acceleration?: 'kvm' | 'emulation';
}

/** Body of every refused HTTP request. */
export interface ErrorBody {
  code: string;
  message: string;
}
