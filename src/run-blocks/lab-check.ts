// A check on the page: `<lab-check data-check data-machine [data-cause]>`. Waits its turn, asks the server, shows the answer.
import type { TextKey } from '../page/text-key.ts';
import { hasFailedAsTold } from '../progress/progress-model.ts';
import { markAsTold, onProgress, readProgress } from '../progress/progress-store.ts';
import { ApiError } from '../session/lab-api.ts';
import type { LabSession } from '../session/lab-session.ts';
import { pageLesson, pageSession } from '../session/page-session.ts';
import { text } from '../session/page-texts.ts';
import { CheckFace } from './check-face.ts';
import { lookOfRefusal, lookOfResult, type CheckLook, type CheckTexts } from './check-message.ts';
import { askInTurn, isStepBusy, TurnQueue, untilStepIdle } from './check-turn.ts';
import { whenDisconnected } from './when-disconnected.ts';
import { machineHindrance } from './machine-hindrance.ts';
import { isInEarlierStep } from './step-order.ts';

// As long as the server may take to start a lab; an image that is still being built takes longer, and the check says so.
const readyWithinMs = 90_000;
/** The checks of a page run one after the other: the server runs only one per session at a time. */
const turns = new TurnQueue();

export class LabCheck extends HTMLElement {
  #life = new AbortController();
  #session!: LabSession;
  readonly #face = new CheckFace(this);
  #isUnderWay = false;
  /** Set while the check waits for what runs in its step: ends the wait. */
  #wait: AbortController | undefined;

  connectedCallback(): void {
    this.#life = new AbortController();
    const { signal } = this.#life;
    this.#session = pageSession();
    this.#face.connect(() => this.#pressed(), signal);
    this.#session.on('cleared', ({ step }) => !isInEarlierStep(this, step) && this.#rest(), signal);
    this.#session.on('block', (run) => run.state === 'done' && this.#offerAgain(run.block), signal);
    this.closest('lab-step')?.addEventListener('lab-failed', () => this.#doubt(), { signal });
    onProgress(() => this.#learn(), signal);
    this.#rest();
  }

  disconnectedCallback(): void {
    this.#life.abort();
  }

  #pressed(): void {
    if (this.#wait === undefined) void this.check();
    else this.#wait.abort();
  }

  /** Runs the check after what runs in its step; starts the lab first if necessary. */
  async check(): Promise<void> {
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    this.classList.remove('check-again');
    try {
      const look = await this.#ask();
      if (look.state === 'expected') markAsTold(pageLesson(), this.#step, this.#told);
      this.#showLook(look);
    } finally {
      this.#isUnderWay = false;
      this.dispatchEvent(new CustomEvent('lab-checked', { bubbles: true }));
    }
  }

  async #ask(): Promise<CheckLook> {
    const offline = new AbortController();
    try {
      await this.#makeReady();
      await this.#awaitStep();
      if (turns.isTaken) this.#show('waiting', 'lab.check.waiting', 'lab.check.waitsForCheck');
      const result = await turns.take(() => {
        // It may say so already: set again, it would be announced twice.
        if (this.dataset['state'] !== 'checking') this.#show('checking', 'lab.check.checking');
        // A hanging connection is noticed sooner than a request without an answer.
        this.#session.probe();
        const asked = askInTurn(() => this.#session.check(this.dataset['check'] ?? ''));
        return Promise.race([asked, whenDisconnected(this.#session, offline.signal)]);
      });
      return lookOfResult(result, this.#texts(), this.dataset['cause']);
    } catch (error) {
      if (!(error instanceof ApiError)) console.debug('check not run', error);
      const isDisconnected = this.#session.phase.name === 'disconnected';
      const { machine } = this.dataset;
      const seen = this.#session.view?.machines.find(({ name }) => name === machine);
      return lookOfRefusal(error, { isDisconnected, machine: machineHindrance(seen) });
    } finally {
      offline.abort();
    }
  }

  async #makeReady(): Promise<void> {
    const { name } = this.#session.phase;
    if (name === 'disconnected') throw new Error('disconnected');
    this.#show('checking', 'lab.check.checking');
    if (name === 'not-started' || name === 'ended') await this.#session.start();
    await this.#session.whenReady(AbortSignal.timeout(readyWithinMs));
  }

  /** The check would miss what a running block has not done yet. Pressing the button runs it anyway. */
  async #awaitStep(): Promise<void> {
    const step = this.closest<HTMLElement>('lab-step');
    if (!isStepBusy(step, this.#session)) return;
    this.#wait = new AbortController();
    this.#show('waiting', 'lab.check.waiting', 'lab.check.waitsForBlock');
    await untilStepIdle(step, this.#session, AbortSignal.any([this.#wait.signal, this.#life.signal]));
    this.#wait = undefined;
  }

  #show(state: 'waiting' | 'checking', word: TextKey, sentence?: TextKey): void {
    this.removeAttribute('data-earlier');
    const look = { state, word: text(word), sentences: sentence === undefined ? [] : [text(sentence)] };
    const button = this.#wait === undefined ? 'check.button' : 'lab.check.now';
    this.#face.show(look, text(button), this.#wait !== undefined);
  }

  #showLook(look: CheckLook): void {
    this.removeAttribute('data-earlier');
    const isOver = look.state === 'passed' || look.state === 'expected';
    this.#face.show(look, text(isOver ? 'check.button' : 'lab.check.again'), true);
  }

  /** A block of the same step has ended: a check that failed may pass now. */
  #offerAgain(block: string): void {
    const state = this.dataset['state'];
    if (state !== 'failed' && state !== 'broken' && state !== 'surprise') return;
    const isOurs = [...(this.closest('lab-step')?.querySelectorAll<HTMLElement>('lab-run') ?? [])].some(
      (run) => run.dataset['block'] === block,
    );
    this.classList.toggle('check-again', isOurs);
  }

  /** A block of the step has failed after the check had passed: the result is out of date. */
  #doubt(): void {
    if (this.dataset['state'] !== 'passed' || this.#isUnderWay) return;
    this.toggleAttribute('data-earlier', true);
    this.#face.rest({ state: 'passed', word: text('lab.check.passedEarlier') }, text('lab.check.again'));
    this.classList.add('check-again');
  }

  /** Before it runs, or after the lab was restarted: it shows what the navigation shows. */
  #rest(): void {
    const look = this.#restingLook();
    this.toggleAttribute('data-earlier', look.state !== 'todo');
    this.#face.rest(look, text('check.button'));
    this.classList.remove('check-again');
  }

  #restingLook(): Pick<CheckLook, 'state' | 'word'> {
    const progress = readProgress();
    if (this.dataset['cause'] !== undefined) {
      if (hasFailedAsTold(progress, pageLesson(), this.#step, this.#told))
        return { state: 'expected', word: text('lab.check.asToldEarlier') };
    } else if (progress[pageLesson()]?.steps[this.#step] === 'done') {
      return { state: 'passed', word: text('lab.check.passedEarlier') };
    }
    return { state: 'todo', word: this.#face.firstWord };
  }

  get #step(): string {
    return this.closest<HTMLElement>('lab-step')?.dataset['step'] ?? '';
  }

  /** What distinguishes a check that is meant to fail from the others of its step. */
  get #told(): string {
    return `${this.dataset['check'] ?? ''} ${this.dataset['cause'] ?? ''}`;
  }

  /** Progress was made or cleared, perhaps in another tab. */
  #learn(): void {
    const isResting = this.dataset['state'] === 'todo' || this.hasAttribute('data-earlier');
    if (isResting && !this.#isUnderWay) this.#rest();
  }

  #texts(): CheckTexts {
    return JSON.parse(this.querySelector('[data-check-texts]')?.textContent ?? '{}') as CheckTexts;
  }
}
