// Whether a lab can be started: its engine and all that its sessions start from. Prepares one lab at a time, and says how far it is.
import type { Logger } from 'pino';
import type { Lab } from '../../labs/read-lab.ts';
import type { Engine } from '../machines/engine.ts';
import type { LabView, Progress } from '../protocol/messages.ts';
import { labMachines } from './lab-machines.ts';

interface Readiness {
  state: LabView['state'];
  progress?: Progress;
  detail?: string;
}

/** One step's progress is told to readers at most this often: it may report a hundred times a second. */
const tellEveryMs = 500;

export class LabReadiness {
  readonly #labs: readonly Lab[];
  readonly #broken: readonly { id: string; error: Error }[];
  readonly #engine: Engine;
  readonly #log: Logger;
  #onChange: (lab: string) => void = () => undefined;
  readonly #readiness = new Map<string, Readiness>();
  /** Named states of each lab, as they were when they were looked at last. */
  readonly #states = new Map<string, string[]>();
  readonly #signal: AbortSignal;
  #work: Promise<void> = Promise.resolve();
  #missing: string | undefined;

  constructor(options: {
    labs: readonly Lab[];
    /** Labs whose file has a mistake: listed with it, never started. */
    broken?: readonly { id: string; error: Error }[];
    engine: Engine;
    log: Logger;
    signal: AbortSignal;
  }) {
    this.#labs = options.labs;
    this.#broken = options.broken ?? [];
    this.#engine = options.engine;
    this.#log = options.log;
    this.#signal = options.signal;
    for (const lab of this.#labs) this.#readiness.set(lab.id, { state: 'preparing' });
  }

  /** One listener, called with a lab's id whenever its readiness changes. */
  onChange(listener: (lab: string) => void): void {
    this.#onChange = listener;
  }

  /** Asks the engine whether it works and begins to build. @returns what the host lacks, in one sentence. */
  async open(): Promise<string | undefined> {
    this.#missing = await this.#engine.open();
    for (const lab of this.#labs) {
      if (this.#missing === undefined) this.prepare(lab.id);
      else this.#set(lab.id, { state: 'no-engine', detail: this.#missing });
    }
    return this.#missing;
  }

  /** Prepares a lab after those that wait already; for a lab that failed: tries again. */
  prepare(id: string): void {
    const lab = this.#labs.find((candidate) => candidate.id === id);
    if (lab === undefined || this.#missing !== undefined) return;
    this.#set(id, { state: 'preparing' });
    this.#work = this.#work.then(() => this.#prepare(lab));
  }

  /** For a lab that was ready, and is not any more: what its sessions start from is gone, or damaged. */
  prepareAgain(id: string): void {
    if (this.isReady(id)) this.prepare(id);
  }

  view(lab: Lab): LabView {
    const hasVm = lab.file.machines.some(({ type }) => type === 'vm');
    const acceleration = hasVm ? this.#engine.acceleration() : undefined;
    return {
      id: lab.id,
      title: lab.file.title,
      ...this.#of(lab.id),
      states: this.#states.get(lab.id) ?? [],
      ...(acceleration === undefined ? {} : { acceleration }),
    };
  }

  /** What pages are told of labs whose file has a mistake. */
  brokenViews(): LabView[] {
    return this.#broken.map(({ id, error }) => {
      return { id, title: id, state: 'failed', detail: error.message, states: [] };
    });
  }

  isReady(id: string): boolean {
    return this.#of(id).state === 'ready';
  }

  /** Looks which named states there are: others than this server make them too. None before the lab is ready. */
  async readStates(lab: Lab): Promise<string[]> {
    if (!this.isReady(lab.id)) return [];
    const states = await this.#engine.states(labMachines(lab));
    this.#states.set(lab.id, states.toSorted());
    return states;
  }

  #of(id: string): Readiness {
    return this.#readiness.get(id) ?? { state: 'failed', detail: 'unknown lab' };
  }

  async #prepare(lab: Lab): Promise<void> {
    let told = { at: 0, step: '' };
    const tell = (progress: Progress) => {
      // Another step is told at once: some, as that a machine is made anew, are told one time and then take minutes.
      if (progress.step === told.step && Date.now() - told.at < tellEveryMs) return;
      told = { at: Date.now(), step: progress.step };
      this.#set(lab.id, { state: 'preparing', progress });
    };
    try {
      const machines = labMachines(lab);
      await this.#engine.prepare(machines, tell, this.#signal);
      this.#states.set(lab.id, (await this.#engine.states(machines)).toSorted());
      this.#set(lab.id, { state: 'ready' });
    } catch (failure) {
      if (this.#signal.aborted) return;
      this.#log.error({ lab: lab.id, failure }, 'a lab could not be prepared');
      this.#set(lab.id, { state: 'failed', detail: (failure as Error).message });
    }
  }

  #set(id: string, readiness: Readiness): void {
    this.#readiness.set(id, readiness);
    this.#onChange(id);
  }
}
