// What the panel's buttons do to the lab: they ask first if it cannot be undone, and report a refusal by the server.
import { forgetProgress } from '../progress/progress-store.ts';
import { ApiError } from '../session/lab-api.ts';
import type { LabSession } from '../session/lab-session.ts';
import type { Phase } from '../session/phase.ts';
import { text } from '../session/page-texts.ts';
import { refusalWords } from '../session/refusal-words.ts';
import { timeLeft } from '../session/time-words.ts';
import type { Question } from '../page/text-key.ts';
import { confirmDialog } from './confirm-dialog.ts';
import type { NoticeAction } from './notice.ts';

/** What the actions need from the panel around them. */
export interface ActionSurroundings {
  /** Unfolds the panel, because a lab is about to be shown. */
  unfold(): void;
  /** Puts the focus into the terminal, at once or as soon as there is one. */
  focusTerminal(): void;
  /** Puts the focus on what the notice offers, as soon as it offers something. */
  focusNotice(): void;
  tell(words: string): void;
}

/** One object per panel, shared by its buttons, notice and dialogs. */
export class PanelActions {
  readonly #panel: HTMLElement;
  readonly #session: LabSession;
  readonly #around: ActionSurroundings;

  constructor(panel: HTMLElement, session: LabSession, around: ActionSurroundings) {
    this.#panel = panel;
    this.#session = session;
    this.#around = around;
  }

  /** Does what a notice offers. */
  act(action: NoticeAction): void {
    switch (action) {
      case 'start':
      case 'restart':
        return void this.#start();
      case 'retry':
        return this.#session.retry();
      case 'extend':
        return this.extend();
      case 'understood':
        return this.#session.readLoss();
    }
  }

  extend(): void {
    this.attempt(this.#extend());
  }

  reset(): void {
    this.attempt(this.#askAnd('lab.reset', () => this.#session.reset()));
  }

  /** The same as a reset: the lab continues from another lesson, and the reader wants this lesson's beginning. */
  startHere(): void {
    const start = async () => {
      await this.#session.reset();
      if (!isOver(this.#session.phase)) this.#around.focusTerminal();
    };
    this.attempt(this.#askAnd('lab.doorStart', start));
  }

  end(): void {
    const end = async () => {
      await this.#session.end();
      this.#around.focusNotice();
    };
    this.attempt(this.#askAnd('lab.end', end));
  }

  forgetProgress(): void {
    this.attempt(this.#askAnd('lab.forget', () => Promise.resolve(forgetProgress())));
  }

  /** @param question key of the question's texts */
  ask(question: Question): Promise<boolean> {
    return confirmDialog(this.#panel, question);
  }

  /** Waits for what the reader asked for, and reports a refusal by the server. */
  attempt(action: Promise<unknown>): void {
    action.catch((error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
      this.#around.tell(refusalWords(error));
    });
  }

  /** Says what is so now: where the idle limit is the nearer end, the time that is shown may hardly change. */
  async #extend(): Promise<void> {
    await this.#session.extend();
    const { view, leftMs } = this.#session;
    if (view !== undefined) this.#around.tell(text(`lab.say.extended.${view.endsBecause}`, { left: timeLeft(leftMs) }));
  }

  async #start(): Promise<void> {
    this.#around.unfold();
    await this.#session.start();
    if (isOver(this.#session.phase)) return;
    this.#around.focusTerminal();
  }

  async #askAnd(question: Question, act: () => Promise<void>): Promise<void> {
    if (await this.ask(question)) await act();
  }
}

function isOver(phase: Phase): boolean {
  return phase.name === 'failed' || phase.name === 'absent' || phase.name === 'no-engine';
}
