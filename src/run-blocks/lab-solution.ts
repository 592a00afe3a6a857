// A solution: *Do it for me* opens it, so that the reader sees what is done, and runs its blocks.
import { enableButton } from './live-button.ts';
import { blocksIn, runOnce } from './run-sequence.ts';

export class LabSolution extends HTMLElement {
  #life = new AbortController();

  connectedCallback(): void {
    this.#life = new AbortController();
    const button = enableButton(this, '[data-do-solution]', (pressed) => void this.#do(pressed), this.#life.signal);
    if (button !== undefined) button.hidden = blocksIn(this).length === 0;
  }

  disconnectedCallback(): void {
    this.#life.abort();
  }

  async #do(button: HTMLButtonElement): Promise<void> {
    const details = this.querySelector('details');
    if (details !== null) details.open = true;
    await runOnce(button, blocksIn(this));
  }
}
