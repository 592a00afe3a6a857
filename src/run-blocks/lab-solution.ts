// A solution: *Do it for me* opens it, so that one sees what is done, and runs its blocks.
import { blocksIn, runInOrder } from './run-sequence.ts';

export class LabSolution extends HTMLElement {
  #life = new AbortController();

  connectedCallback(): void {
    this.#life = new AbortController();
    const button = this.querySelector<HTMLButtonElement>('[data-do-solution]');
    if (button === null) return;
    button.disabled = false;
    button.hidden = blocksIn(this).length === 0;
    button.addEventListener('click', () => void this.#do(button), { signal: this.#life.signal });
  }

  disconnectedCallback(): void {
    this.#life.abort();
  }

  async #do(button: HTMLButtonElement): Promise<void> {
    const details = this.querySelector('details');
    if (details !== null) details.open = true;
    button.disabled = true;
    try {
      await runInOrder(blocksIn(this));
    } finally {
      button.disabled = false;
    }
  }
}
