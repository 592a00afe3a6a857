// Asks the server about what no socket reports: a lab being built, a session that is not connected, the reason why one has ended.
import * as api from './lab-api.ts';
import { isAlive, type SessionKnowledge } from './session-knowledge.ts';

// The server has trouble of its own, or asks to wait: neither means that it does not know the session.
const tooManyRequests = 429;
const serverErrors = 500;
// The progress of a build changes every few seconds; each look is one small request.
const followEveryMs = 2_000;

/** The requests that are repeated while something is in progress. */
export class SessionFollower {
  readonly #lab: string;
  readonly #knowledge: SessionKnowledge;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(lab: string, knowledge: SessionKnowledge) {
    this.#lab = lab;
    this.#knowledge = knowledge;
  }

  /** Follows what no socket reports: a lab's image being built, a session whose socket is not open, a missed message. */
  follow(): void {
    clearTimeout(this.#timer);
    const { name } = this.#knowledge.phase;
    const isMoving = name === 'preparing' || name === 'queued' || name === 'starting';
    if (isMoving) this.#timer = setTimeout(() => void this.#followOnce(), followEveryMs);
  }

  /**
   * Asks what happened to the session, for example why it ended. A session that is no longer known stays "ended".
   * @returns whether the server knows it; undefined when that is unclear now
   */
  async refresh(): Promise<boolean | undefined> {
    const id = this.#knowledge.known.session?.id;
    if (id === undefined) return undefined;
    try {
      this.#knowledge.learnOf(await api.getSession(id));
      return true;
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      if (isForNow(error)) return undefined;
      if (this.#knowledge.known.session?.id === id) this.#knowledge.learn({});
      return false;
    }
  }

  /** Asks whether a session is still the page's and lives. @returns undefined when that is unclear now */
  async isStillThere(id: string): Promise<boolean | undefined> {
    const isKnown = await this.refresh();
    const { session } = this.#knowledge.known;
    if (session === undefined || session.id !== id || !isAlive(session)) return false;
    return isKnown;
  }

  /** Asks for the lab's present state. Without an answer the page keeps what it knew. */
  async learnLab(): Promise<void> {
    try {
      this.#knowledge.learn({ lab: await api.getLab(this.#lab) });
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
    }
  }

  async #followOnce(): Promise<void> {
    try {
      const { session } = this.#knowledge.known;
      if (session === undefined) this.#knowledge.learn({ lab: await api.getLab(this.#lab) });
      else this.#knowledge.learnOf(await api.getSession(session.id));
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      // The next round, or the state of the connection, shows what is wrong.
    }
    this.follow();
  }
}

function isForNow({ isUnanswered, status }: api.ApiError): boolean {
  return isUnanswered || status === tooManyRequests || status >= serverErrors;
}
