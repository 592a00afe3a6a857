// A step: *Run this step* runs its blocks in order, including its solution's; *Reset this step* restarts the lab where the step begins.
import { confirmDialog } from '../lab-panel/confirm-dialog.ts';
import { nameButton } from '../page/button-name.ts';
import { setUsable } from '../page/usable-button.ts';
import { markStepDone, onProgress, readProgress, unmarkSteps } from '../progress/progress-store.ts';
import { stepStart } from '../session/doorway.ts';
import { ApiError } from '../session/lab-api.ts';
import type { LabSession } from '../session/lab-session.ts';
import { pageLesson, pageSession } from '../session/page-session.ts';
import { text } from '../session/page-texts.ts';
import { refusalWords } from '../session/refusal-words.ts';
import { enableButton } from './live-button.ts';
import { blocksIn, runOnce } from './run-sequence.ts';
import { pageSteps, stepsFrom } from './step-order.ts';

export class LabStep extends HTMLElement {
  #life = new AbortController();
  #session!: LabSession;

  connectedCallback(): void {
    this.#life = new AbortController();
    const { signal } = this.#life;
    this.#session = pageSession();
    enableButton(this, '[data-run-step]', (button) => void this.#run(button), signal);
    this.#offerMark(signal);
    const reset = enableButton(this, '[data-reset-step]', () => void this.#reset(), signal);
    if (reset === undefined) return;
    this.#session.on('change', () => this.#showReset(reset), signal);
    this.#showReset(reset);
  }

  disconnectedCallback(): void {
    this.#life.abort();
  }

  get #step(): string {
    return this.dataset['step'] ?? '';
  }

  get #start() {
    const { wanted, labView } = this.#session;
    return stepStart(this.dataset['from'], pageSteps()[0] === this, wanted, labView);
  }

  /** For a reader who types a step that has no check; hidden while the step is marked. */
  #offerMark(signal: AbortSignal): void {
    const mark = () => markStepDone(pageLesson(), this.#step, pageSteps().length);
    const button = enableButton(this, '[data-step-done]', mark, signal);
    if (button === undefined) return;
    const show = () => {
      const isDone = readProgress()[pageLesson()]?.steps[this.#step] === 'done';
      setUsable(button, !isDone);
      nameButton(button, text(isDone ? 'step.isDone' : 'step.done'));
    };
    onProgress(show, signal);
    show();
  }

  /** What failed says so itself. */
  async #run(button: HTMLButtonElement): Promise<void> {
    const blocks = blocksIn(this);
    if (!(await runOnce(button, blocks)) || blocks.length === 0) return;
    const words = text(this.querySelector('lab-check') === null ? 'lab.say.stepRan' : 'lab.say.stepRanCheck', {
      count: blocks.length,
    });
    document.dispatchEvent(new CustomEvent('lab-tell', { detail: words }));
  }

  async #reset(): Promise<void> {
    const { canReset, from } = this.#start;
    if (!canReset || !(await confirmDialog(document.body, 'lab.resetStep'))) return;
    this.#tell('');
    try {
      await this.#session.resetStep(this.#step, from);
      unmarkSteps(pageLesson(), stepsFrom(this.#step));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#tell(refusalWords(error));
    }
  }

  #tell(words: string): void {
    const line = this.querySelector('[data-step-told]');
    if (line !== null) line.textContent = words;
  }

  /** Not offered where no step has a state (no lab, or a lab without states so far): disabled buttons in every step help nobody. */
  #showReset(button: HTMLButtonElement): void {
    const { phase, labView } = this.#session;
    const isBusy = phase.name === 'starting' || phase.name === 'disconnected';
    const { canReset } = this.#start;
    button.hidden = (labView?.states.length ?? 0) === 0;
    setUsable(button, !isBusy && canReset);
    button.title = canReset ? '' : text('lab.resetStep.none');
  }
}
