// The list of a reader's running labs: time left, more time, ending them. Asks the server; stores nothing.
import { confirmDialog } from '../lab-panel/confirm-dialog.ts';
import { make, makeButton, setText } from '../lab-panel/make-element.ts';
import { ApiError, endSession, extendSession, getSessions } from '../session/lab-api.ts';
import { lastLesson } from '../session/last-lesson.ts';
import { text } from '../session/page-texts.ts';
import { isCookieless } from '../session/reader-token.ts';
import { refusalWords } from '../session/refusal-words.ts';
import { timeLeft } from '../session/time-words.ts';
import { runningLabs, type LabPages, type RunningLab } from './running-model.ts';

/** Only minutes are shown, so every ten seconds is often enough; a page in the background does not ask at all. */
const askEveryMs = 10_000;

class RunningLabs extends HTMLElement {
  readonly #life = new AbortController();
  #pages: LabPages[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;

  connectedCallback(): void {
    this.#pages = JSON.parse(this.dataset['labs'] ?? '[]') as LabPages[];
    const look = () => void this.#look();
    this.#timer = setInterval(() => document.visibilityState === 'visible' && look(), askEveryMs);
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && look(), {
      signal: this.#life.signal,
    });
    look();
  }

  disconnectedCallback(): void {
    clearInterval(this.#timer);
    this.#life.abort();
  }

  async #look(): Promise<void> {
    try {
      this.#show(runningLabs(await getSessions(), this.#pages, lastLesson));
    } catch (failure) {
      this.#refused(failure);
    }
  }

  /** Reports a refusal by the server, but does not hide a fault of the page itself. */
  #refused(failure: unknown): void {
    if (!(failure instanceof ApiError)) throw failure;
    this.#say(failure.code === 'not-a-lab-server' ? text('running.noServer') : refusalWords(failure));
  }

  #show(labs: RunningLab[]): void {
    this.#say(
      labs.length === 0
        ? text(isCookieless() ? 'running.noCookie' : 'running.none')
        : text(labs.length === 1 ? 'running.one' : 'running.some', { count: labs.length }),
    );
    const list = this.querySelector('ul');
    // A row that stays keeps its element, and with it the focus of a reader on one of its buttons.
    const rows = new Map([...this.querySelectorAll('li')].map((row) => [row.dataset['session'] ?? '', row]));
    for (const [session, row] of rows) {
      if (!labs.some((lab) => lab.session === session)) row.remove();
    }
    for (const lab of labs) {
      const row = rows.get(lab.session) ?? this.#makeRow(lab);
      setText(row.querySelector('[data-time]') ?? row, this.#words(lab));
      const link = row.querySelector('a');
      // Another tab may have moved on to another lesson meanwhile.
      if (link !== null && lab.lesson !== undefined) {
        setText(link, text('running.open', { title: lab.lesson.title }));
        link.setAttribute('href', `/${lab.lesson.id}/`);
      }
      const more = row.querySelector<HTMLButtonElement>('[data-more]');
      if (more !== null) more.hidden = lab.state !== 'ready' || !lab.canExtend;
      if (row.parentElement === null) list?.append(row);
    }
  }

  #words({ state, endsInMs }: RunningLab): string {
    return state === 'ready' ? timeLeft(endsInMs) : text(`lab.state.${state}`);
  }

  #makeRow({ session, title, lesson }: RunningLab): HTMLLIElement {
    const { signal } = this.#life;
    const more = makeButton(text('lab.action.extend'), 'button', () => void this.#do(extendSession(session)), signal);
    more.dataset['more'] = '';
    more.setAttribute('aria-label', text('running.extend', { title }));
    const end = makeButton(text('running.end'), 'button', () => void this.#end(session), signal);
    end.setAttribute('aria-label', text('running.endOf', { title }));
    return make('li', { attributes: { 'data-session': session } }, [
      make('div', {}, [
        make('strong', { text: title }),
        make('span', { attributes: { 'data-time': '' } }),
        ...(lesson === undefined ? [] : [make('a')]),
      ]),
      make('div', { class: 'running-actions' }, [more, end]),
    ]);
  }

  async #end(session: string): Promise<void> {
    if (!(await confirmDialog(this, 'lab.end'))) return;
    await this.#do(endSession(session));
    // The row is gone with its buttons: the focus moves to the sentence that says so.
    const said = this.querySelector<HTMLElement>('[data-say]');
    if (said !== null) {
      said.tabIndex = -1;
      said.focus();
    }
  }

  async #do(action: Promise<unknown>): Promise<void> {
    try {
      await action;
      await this.#look();
    } catch (failure) {
      this.#refused(failure);
    }
  }

  #say(words: string): void {
    const said = this.querySelector('[data-say]');
    if (said !== null) setText(said, words);
  }
}

customElements.define('running-labs', RunningLabs);
