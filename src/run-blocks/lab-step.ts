// A step: *Run this step* runs its blocks in order, those of its solution included, and stops at the first surprise.
import { blocksIn, runInOrder } from './run-sequence.ts';

export class LabStep extends HTMLElement {
  #life = new AbortController();

  connectedCallback(): void {
    this.#life = new AbortController();
    const button = this.querySelector<HTMLButtonElement>('[data-run-step]');
    if (button === null) return;
    button.disabled = false;
    button.addEventListener('click', () => void this.#run(button), { signal: this.#life.signal });
  }

  disconnectedCallback(): void {
    this.#life.abort();
  }

  async #run(button: HTMLButtonElement): Promise<void> {
    button.disabled = true;
    try {
      await runInOrder(blocksIn(this));
    } finally {
      button.disabled = false;
    }
  }
}
