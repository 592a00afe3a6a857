// A check on the page: `<lab-check data-check [data-cause]>`. Asks the server, shows which cause it was and what is next.
import { ApiError } from '../session/lab-api.ts';
import type { LabSession } from '../session/lab-session.ts';
import { pageSession } from '../session/page-session.ts';
import { text } from '../session/page-texts.ts';
import { codeParts, lookOfRefusal, lookOfResult, type CheckLook, type CheckTexts } from './check-message.ts';
import { enableButton } from './live-button.ts';
import { isInEarlierStep } from './step-order.ts';

export class LabCheck extends HTMLElement {
  #life = new AbortController();
  #session!: LabSession;
  #button: HTMLButtonElement | undefined;
  #word: HTMLElement | null = null;
  #firstWord = '';
  #message: HTMLElement | null = null;

  connectedCallback(): void {
    this.#life = new AbortController();
    const { signal } = this.#life;
    this.#session = pageSession();
    this.#word = this.querySelector('[data-check-state]');
    this.#firstWord ||= this.#word?.textContent ?? '';
    this.#message = this.querySelector('[data-check-message]');
    this.#message?.setAttribute('role', 'status');
    this.#button = enableButton(this, '[data-check-button]', () => void this.check(), signal);
    this.#session.on('cleared', ({ step }) => !isInEarlierStep(this, step) && this.#clear(), signal);
    this.#session.on('block', (run) => run.state === 'done' && this.#offerAgain(run.block), signal);
  }

  disconnectedCallback(): void {
    this.#life.abort();
  }

  /** Runs the check; starts the lab first when it is not started. */
  async check(): Promise<void> {
    this.#become('checking', text('lab.check.checking'), []);
    if (this.#button !== undefined) this.#button.disabled = true;
    try {
      await this.#makeReady();
      const result = await this.#session.check(this.dataset['check'] ?? '');
      this.#showLook(lookOfResult(result, this.#texts()));
    } catch (error) {
      if (!(error instanceof ApiError)) console.debug('check not run', error);
      this.#showLook(lookOfRefusal(error));
    } finally {
      if (this.#button !== undefined) this.#button.disabled = false;
      this.dispatchEvent(new CustomEvent('lab-checked', { bubbles: true }));
    }
  }

  async #makeReady(): Promise<void> {
    const { name } = this.#session.phase;
    if (name === 'not-started' || name === 'ended') await this.#session.start();
    // As long as the server may take to start a lab; an image that is still being built takes longer, and is said so.
    await this.#session.whenReady(AbortSignal.timeout(90_000));
  }

  #showLook(look: CheckLook): void {
    this.#become(look.state, look.word, look.sentences);
    this.#offer(look.state !== 'passed');
  }

  /** A block of the same step has ended: what failed may pass now. */
  #offerAgain(block: string): void {
    const state = this.dataset['state'];
    if (state !== 'failed' && state !== 'broken') return;
    const isOurs = [...(this.closest('lab-step')?.querySelectorAll<HTMLElement>('lab-run') ?? [])].some(
      (run) => run.dataset['block'] === block,
    );
    this.classList.toggle('check-again', isOurs);
  }

  #offer(isAgain: boolean): void {
    if (this.#button !== undefined) this.#button.textContent = text(isAgain ? 'lab.check.again' : 'check.button');
    this.classList.remove('check-again');
  }

  #become(state: string, word: string, sentences: string[]): void {
    this.dataset['state'] = state;
    if (this.#word !== null) this.#word.textContent = word;
    this.#message?.replaceChildren(...sentences.map(makeSentence));
  }

  #clear(): void {
    this.#become('todo', this.#firstWord, []);
    this.#offer(false);
  }

  #texts(): CheckTexts {
    return JSON.parse(this.querySelector('[data-check-texts]')?.textContent ?? '{}') as CheckTexts;
  }
}

function makeSentence(sentence: string): HTMLElement {
  const paragraph = document.createElement('p');
  for (const part of codeParts(sentence)) {
    if (!part.isCode) paragraph.append(part.text);
    else paragraph.append(Object.assign(document.createElement('code'), { textContent: part.text }));
  }
  return paragraph;
}
