// The visible and audible part of a check: its state word, its message, its button. Knows no session.
import { nameButton } from '../page/button-name.ts';
import { setUsable } from '../page/usable-button.ts';
import { codeParts, type CheckLook } from './check-message.ts';
import { enableButton } from './live-button.ts';

/** The face of a `<lab-check>`. */
export class CheckFace {
  readonly #element: HTMLElement;
  #button: HTMLButtonElement | undefined;
  #word: HTMLElement | null = null;
  #message: HTMLElement | null = null;
  #firstWord: string | undefined;

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  /** The state word in the page as it is served. */
  get firstWord(): string {
    return this.#firstWord ?? '';
  }

  /** To be called each time that the element is added to the page. @param signal aborts when it is removed */
  connect(onClick: () => void, signal: AbortSignal): void {
    this.#word = this.#element.querySelector('[data-check-state]');
    this.#firstWord ??= this.#word?.textContent ?? '';
    this.#message = this.#element.querySelector('[data-check-message]');
    this.#message?.setAttribute('role', 'status');
    this.#button = enableButton(this.#element, '[data-check-button]', onClick, signal);
  }

  /** @param button its label @param isUsable whether pressing it has an effect; the button keeps the focus in any case */
  show({ state, word, sentences }: CheckLook, button: string, isUsable: boolean): void {
    this.#element.dataset['state'] = state;
    if (this.#word !== null) this.#word.textContent = word;
    this.#message?.replaceChildren(...makeMessage(word, sentences));
    if (this.#button === undefined) return;
    nameButton(this.#button, button);
    setUsable(this.#button, isUsable);
  }

  /** Shows a state that is not new: its message is empty, so that nothing is announced. */
  rest({ state, word }: Pick<CheckLook, 'state' | 'word'>, button: string): void {
    this.show({ state, word, sentences: [] }, button, true);
    this.#message?.replaceChildren();
  }
}

/** A screen reader announces the message: it begins with the state word, which is visible above it. */
function makeMessage(word: string, sentences: string[]): HTMLElement[] {
  const heard = document.createElement('span');
  heard.className = 'sr-only';
  heard.textContent = `${word}. `;
  if (sentences.length === 0) return [heard];
  const paragraphs = sentences.map(makeSentence);
  paragraphs[0]?.prepend(heard);
  return paragraphs;
}

function makeSentence(sentence: string): HTMLElement {
  const paragraph = document.createElement('p');
  for (const part of codeParts(sentence)) {
    if (!part.isCode) paragraph.append(part.text);
    else paragraph.append(Object.assign(document.createElement('code'), { textContent: part.text }));
  }
  return paragraph;
}
