// A button in the text that acts on a machine from outside: `<lab-action data-action data-machine [data-kind]
// data-block [data-until] [data-timeout]>`. Done when the server has done it and the console shows `until`.
import { setUsable } from '../page/usable-button.ts';
import { ApiError } from '../session/lab-api.ts';
import type { LabSession } from '../session/lab-session.ts';
import { power, tamper, touchKey, virtualMachines } from '../session/machine-actions.ts';
import { pageLesson, pageSession } from '../session/page-session.ts';
import { text } from '../session/page-texts.ts';
import { lookOfAction, readAction, type ActionProgress } from './action-words.ts';
import { BlockFace } from './block-face.ts';
import { makeReady } from './block-runner.ts';
import type { BlockLook } from './block-words.ts';
import { withElsewhereNote } from './elsewhere-note.ts';
import { machineHindrance } from './machine-hindrance.ts';
import { isInEarlierStep } from './step-order.ts';
import { TextWatch } from './text-watch.ts';

// A cold boot under software emulation takes a minute, on a crowded server several.
const defaultTimeoutSeconds = 300;

export class LabAction extends HTMLElement {
  #life = new AbortController();
  #session!: LabSession;
  readonly #face = new BlockFace(this);
  #progress: ActionProgress = { name: 'idle', isInMachine: false };
  /** Ends the wait of the current run. */
  #run = new AbortController();

  connectedCallback(): void {
    this.#life = new AbortController();
    const { signal } = this.#life;
    this.#session = pageSession();
    this.#face.connect(() => void this.run(), signal);
    this.#session.on('change', () => this.#showIdle(), signal);
    this.#session.on('cleared', ({ step }) => this.#clear(step), signal);
    this.#showIdle();
  }

  disconnectedCallback(): void {
    this.#run.abort();
    this.#life.abort();
  }

  get isDone(): boolean {
    return this.#progress.name === 'done';
  }

  get isActive(): boolean {
    return this.#progress.name === 'working' || this.#progress.name === 'watching';
  }

  /** Performs the action and waits for its end. @returns whether it ended as the text says */
  async run(): Promise<boolean> {
    if (this.isActive) return false;
    const hindrance = await makeReady(this.#session, () => this.#become({ name: 'hindered', by: 'starting' }));
    if (hindrance !== undefined) return this.#end({ name: 'hindered', by: hindrance });
    if (!virtualMachines(this.#session).some(({ name }) => name === this.#machine))
      return this.#end({ name: 'hindered', by: 'noMachine' });
    this.#run = new AbortController();
    const { signal } = this.#run;
    const since = performance.now();
    const isSeen = this.#watch(signal);
    this.#become({ name: 'working', since });
    try {
      await this.#do();
      if (signal.aborted) return false;
      this.#become({ name: 'watching', since });
      const isAsTold = await isSeen;
      if (signal.aborted) return false;
      const durationMs = performance.now() - since;
      return this.#end(
        isAsTold ? { name: 'done', durationMs } : { name: 'unseen', durationMs, machine: this.#machineWaits },
      );
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const message = error.isUnanswered ? text('lab.say.unreachable') : error.message;
      const machine =
        error.code === 'LAB_ERR_NOT_READY' || error.code === 'LAB_ERR_EXEC' ? this.#machineWaits : undefined;
      return this.#end({ name: 'refused', message, machine });
    } finally {
      this.#run.abort();
    }
  }

  get #machine(): string {
    return this.dataset['machine'] ?? '';
  }

  get #machineWaits(): string | undefined {
    return machineHindrance(virtualMachines(this.#session).find(({ name }) => name === this.#machine));
  }

  get #look(): BlockLook {
    const look = lookOfAction(this.#progress, this.#until, performance.now());
    const mayWaitForEver = this.#progress.name === 'watching' && this.#until !== undefined;
    return look.state === 'failed' || mayWaitForEver ? withElsewhereNote(look, this.#session, pageLesson()) : look;
  }

  get #until(): string | undefined {
    return this.dataset['until'];
  }

  #do(): Promise<void> {
    const wanted = readAction(this.dataset);
    switch (wanted.action) {
      case 'tamper':
        return tamper(this.#session, this.#machine, wanted.kind);
      case 'power':
        return power(this.#session, this.#machine, wanted.kind);
      case 'touch':
        return touchKey(this.#session, this.#machine);
    }
  }

  /** @returns whether the text appeared on the machine's serial console in time; true at once if there is none to wait for */
  #watch(signal: AbortSignal): Promise<boolean> {
    const until = this.#until;
    const serial = this.#session.terminals.find(({ machine, kind }) => machine === this.#machine && kind === 'serial');
    if (serial === undefined) return Promise.resolve(until === undefined);
    // The console is shown, so that the reader sees what happens and its output comes to this page at all.
    this.#session.show(serial.number);
    if (until === undefined) return Promise.resolve(true);
    const seconds = Number(this.dataset['timeout'] ?? defaultTimeoutSeconds);
    const watch = new TextWatch(until);
    return new Promise((resolve) => {
      const timeout = AbortSignal.timeout(seconds * 1_000);
      timeout.addEventListener('abort', () => resolve(false), { signal });
      signal.addEventListener('abort', () => resolve(false));
      this.#session.on(
        'frame',
        (frame) => frame.terminal === serial.number && watch.take(frame) && resolve(true),
        signal,
      );
    });
  }

  #end(progress: ActionProgress): boolean {
    this.#become(progress);
    this.dispatchEvent(new CustomEvent('lab-acted', { bubbles: true }));
    return progress.name === 'done';
  }

  #become(progress: ActionProgress): void {
    this.#progress = progress;
    if (this.isActive) this.#face.count(() => this.#look.words);
    else this.#face.stopCount();
    this.#show();
  }

  #show(): void {
    const look = this.#look;
    // Called for every change of the session; most of them change nothing here.
    this.#face.show(look, 'when-new');
    const { button } = this.#face;
    if (button !== undefined) setUsable(button, !this.isActive && look.state !== 'waiting');
  }

  /** After a reload the machine's state shows what has been done to it. */
  #showIdle(): void {
    if (this.#progress.name !== 'idle') return;
    const wanted = readAction(this.dataset);
    const { vm } = virtualMachines(this.#session).find(({ name }) => name === this.#machine) ?? {};
    const isInMachine =
      wanted.action === 'tamper' && wanted.kind !== 'undo' && vm?.tampered.includes(wanted.kind) === true;
    this.#become({ name: 'idle', isInMachine });
  }

  #clear(step: string | undefined): void {
    if (!this.isActive && isInEarlierStep(this, step)) return;
    this.#run.abort();
    this.#become({ name: 'idle', isInMachine: false });
  }
}
