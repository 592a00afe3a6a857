// The window of a virtual machine: the output of /usr/lib/lab/window in the guest, validated, with what has changed since the previous boot.
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { LabError } from '../../errors.ts';
import { lastWords, printable, quotedCharacters } from '../../printable-text.ts';
import type { MachineWindow } from '../../protocol/messages.ts';
import type { AgentClient } from './agent-client.ts';

/** The program reads the TPM's registers and each disk's header: 0.3 s, or several seconds on a crowded host. */
const readTimeoutMs = 30_000;
/** How long it takes under emulation on a quiet host; asking before that would only delay it. */
const usualReadMs = 400;
/** The least time between two readings: each takes processor time away from what the reader does. */
const pauseMs = 2_000;
/** As many registers as TPM2 has for the firmware and the system. */
const mostRegisters = 24;

const slot = z.object({
  slot: z.int().min(0).max(31),
  kind: z.enum(['password', 'recovery', 'tpm2', 'fido2', 'other']),
  pcrs: z.array(z.int().min(0).max(23)).max(mostRegisters).optional(),
  pin: z.boolean().optional(),
});

const disk = z.object({
  device: z.string().max(64),
  sizeBytes: z.int().min(0),
  luks: z.object({ uuid: z.string().max(64), isOpen: z.boolean(), slots: z.array(slot).max(32) }).optional(),
});

/** The form of what the program prints; a guest may print anything. */
const printedWindow = z.object({
  bootId: z.string().min(1).max(64),
  secureBoot: z.enum(['on', 'off', 'setup', 'none']),
  /** By register, hexadecimal; empty without a TPM. */
  pcrs: z.array(z.string().regex(/^[0-9A-Fa-f]{64}$/)).max(mostRegisters),
  disks: z.array(disk).max(64),
  deployment: z.object({ checksum: z.string().max(128), version: z.string().max(128) }).optional(),
  kernelArguments: z.string().max(4_096),
});

export type PrintedWindow = z.infer<typeof printedWindow>;

/** @throws {LabError} LAB_ERR_EXEC for anything that is not such a reading */
export function parseWindow(text: string): PrintedWindow {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new LabError('LAB_ERR_EXEC', `/usr/lib/lab/window printed no JSON: ${printable(text, quotedCharacters)}`);
  }
  const parsed = printedWindow.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new LabError('LAB_ERR_EXEC', `/usr/lib/lab/window: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

/** Readings of one machine, in order. Pure. */
export class WindowHistory {
  #last: MachineWindow | undefined;
  #bootBefore: MachineWindow | undefined;

  get last(): MachineWindow | undefined {
    return this.#last;
  }

  /** @returns the reading with the registers marked that had another value at the end of the previous boot */
  add(printed: PrintedWindow, now: number): MachineWindow {
    if (this.#last !== undefined && this.#last.bootId !== printed.bootId) this.#bootBefore = this.#last;
    const before = new Map(this.#bootBefore?.pcrs.map(({ index, value }) => [index, value]));
    const pcrs = printed.pcrs.slice(0, 16).map((text, index) => {
      const value = text.toLowerCase();
      return { index, value, changed: before.has(index) && before.get(index) !== value };
    });
    const { deployment, ...rest } = printed;
    this.#last = { ...rest, readAt: now, pcrs, disks: printed.disks.map(tidy), ...(deployment && { deployment }) };
    return this.#last;
  }
}

/** zod's optional keys may be present with the value undefined; the protocol's may not. */
function tidy({ device, sizeBytes, luks }: PrintedWindow['disks'][number]): MachineWindow['disks'][number] {
  if (luks === undefined) return { device, sizeBytes };
  const slots = luks.slots.map(({ slot: number, kind, pcrs, pin }) => ({
    slot: number,
    kind,
    ...(pcrs && { pcrs }),
    ...(pin !== undefined && { pin }),
  }));
  return { device, sizeBytes, luks: { uuid: luks.uuid, isOpen: luks.isOpen, slots } };
}

/** Reads the window of one machine when asked; requests that come while a reading is due share it. */
export class WindowReader {
  readonly #agent: Pick<AgentClient, 'exec'>;
  readonly #history = new WindowHistory();
  #endedAt = -Infinity;
  #due: Promise<MachineWindow> | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(agent: Pick<AgentClient, 'exec'>) {
    this.#agent = agent;
  }

  /** The last reading; undefined before the first. */
  get last(): MachineWindow | undefined {
    return this.#history.last;
  }

  /**
   * A reading that begins after this call, at most `pauseMs` later.
   * @throws {LabError} LAB_ERR_EXEC when the program fails; the agent's error when the machine is not up
   */
  read(): Promise<MachineWindow> {
    this.#due ??= this.#readAfterPause();
    return this.#due;
  }

  async #readAfterPause(): Promise<MachineWindow> {
    await this.#running;
    await delay(Math.max(0, this.#endedAt + pauseMs - performance.now()));
    // Whoever asks from now on wants to see what happens until then, and gets a new reading.
    this.#due = undefined;
    const reading = this.#readNow();
    this.#running = reading.catch(() => undefined);
    return reading;
  }

  async #readNow(): Promise<MachineWindow> {
    try {
      const run = { path: '/usr/lib/lab/window', args: [], timeoutMs: readTimeoutMs, expectMs: usualReadMs };
      const { exitCode, stdout, stderr } = await this.#agent.exec(run);
      if (exitCode !== 0) {
        const reason = exitCode === undefined ? `did not end within ${readTimeoutMs / 1000} s` : lastWords(stderr);
        throw new LabError('LAB_ERR_EXEC', `/usr/lib/lab/window: ${reason}`);
      }
      return this.#history.add(parseWindow(stdout), Date.now());
    } finally {
      this.#endedAt = performance.now();
    }
  }
}
