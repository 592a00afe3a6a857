// Whether a lab can be started: its engine, and everything that its sessions start from. Prepares one lab at a time and reports progress.
import type { Logger } from 'pino';
import type { LabCatalogue } from '../../labs/lab-catalogue.ts';
import type { Lab } from '../../labs/read-lab.ts';
import type { Engine } from '../machines/engine.ts';
import type { LabView, Progress } from '../protocol/messages.ts';
import { labMachines } from './lab-machines.ts';

interface Readiness {
  state: LabView['state'];
  progress?: Progress;
  detail?: string;
}

/** Readers get the progress of one step at most this often: the step may report it a hundred times a second. */
const tellEveryMs = 500;

export class LabReadiness {
  readonly #labs: LabCatalogue;
  readonly #engine: Engine;
  readonly #log: Logger;
  #onChange: (lab: string) => void = () => undefined;
  readonly #readiness = new Map<string, Readiness>();
  /** Named states of each lab, as of the last look. */
  readonly #states = new Map<string, string[]>();
  /** Machines of each lab, as of its last preparation. */
  readonly #preparedAs = new Map<string, string>();
  readonly #signal: AbortSignal;
  #work: Promise<void> = Promise.resolve();
  #missing: string | undefined;
  #isOpen = false;

  constructor(options: { labs: LabCatalogue; engine: Engine; log: Logger; signal: AbortSignal }) {
    this.#labs = options.labs;
    this.#engine = options.engine;
    this.#log = options.log;
    this.#signal = options.signal;
  }

  /** One listener, called with a lab's id whenever its readiness changes. */
  onChange(listener: (lab: string) => void): void {
    this.#onChange = listener;
  }

  /**
   * Asks the engine whether it works, and begins to build. May be called again while something is missing.
   * @returns what the host lacks, in one sentence.
   */
  async open(): Promise<string | undefined> {
    const missing = await this.#engine.open();
    const isNews = missing === undefined || missing !== this.#missing;
    this.#missing = missing;
    this.#isOpen = missing === undefined;
    for (const { id } of isNews ? this.#labs.all() : []) {
      if (missing === undefined) this.prepare(id);
      else this.#set(id, { state: 'no-engine', detail: missing });
    }
    return missing;
  }

  /** What the host lacks; undefined when it lacks nothing or has not been asked yet. */
  get missing(): string | undefined {
    return this.#missing;
  }

  /** A lab's files have changed, or the lab is now broken or gone. Unchanged machines need no preparation. */
  changed(id: string): void {
    const lab = this.#labs.find(id);
    const isSame = lab !== undefined && this.#preparedAs.get(id) === JSON.stringify(labMachines(lab));
    if (lab === undefined) this.#readiness.delete(id);
    else if (!isSame || !this.isReady(id)) return this.#isOpen ? this.prepare(id) : undefined;
    this.#onChange(id);
  }

  /** Prepares a lab after those that are already waiting; for a lab that failed, tries again. */
  prepare(id: string): void {
    if (this.#labs.find(id) === undefined || !this.#isOpen) return;
    this.#set(id, { state: 'preparing' });
    this.#work = this.#work.then(() => this.#prepare(id));
  }

  /** For a lab that was ready but no longer is: its images, templates or states are gone or damaged. */
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

  isReady(id: string): boolean {
    return this.#of(id).state === 'ready';
  }

  /** Finds out which named states exist, as other processes make them as well. None before the lab is ready. */
  async readStates(lab: Lab): Promise<string[]> {
    if (!this.isReady(lab.id)) return [];
    const states = await this.#engine.states(labMachines(lab));
    this.#states.set(lab.id, states.toSorted());
    return states;
  }

  #of(id: string): Readiness {
    const known = this.#readiness.get(id);
    if (known !== undefined) return known;
    return this.#missing === undefined ? { state: 'preparing' } : { state: 'no-engine', detail: this.#missing };
  }

  /** With the lab's files as they are when its turn comes. */
  async #prepare(id: string): Promise<void> {
    const lab = this.#labs.find(id);
    if (lab === undefined) return;
    const machines = labMachines(lab);
    this.#preparedAs.set(id, JSON.stringify(machines));
    let told = { at: 0, step: '' };
    const tell = (progress: Progress) => {
      // A new step is reported at once: some, such as making a machine again, are reported once and then take minutes.
      if (progress.step === told.step && performance.now() - told.at < tellEveryMs) return;
      told = { at: performance.now(), step: progress.step };
      this.#set(lab.id, { state: 'preparing', progress });
    };
    try {
      await this.#engine.prepare(machines, tell, this.#signal);
      this.#states.set(lab.id, (await this.#engine.states(machines)).toSorted());
      this.#become(lab, { state: 'ready' });
    } catch (failure) {
      if (this.#signal.aborted) return;
      this.#log.error({ lab: lab.id, failure }, 'a lab could not be prepared');
      this.#become(lab, { state: 'failed', detail: (failure as Error).message });
    }
  }

  /** A result for machines that have been replaced meanwhile says nothing about the lab: its turn comes again. */
  #become({ id }: Lab, readiness: Readiness): void {
    const lab = this.#labs.find(id);
    if (lab !== undefined && this.#preparedAs.get(id) === JSON.stringify(labMachines(lab))) this.#set(id, readiness);
  }

  #set(id: string, readiness: Readiness): void {
    this.#readiness.set(id, readiness);
    this.#onChange(id);
  }
}
