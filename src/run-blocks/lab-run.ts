// A run block on the page: `<lab-run data-block data-machine data-command data-exit [data-put|data-keys] [data-until]>`.
import type { BlockRun } from '../../server/protocol/messages.ts';
import { nameButton } from '../page/button-name.ts';
import { setUsable } from '../page/usable-button.ts';
import { pageLesson, pageSession } from '../session/page-session.ts';
import type { LabSession } from '../session/lab-session.ts';
import { text } from '../session/page-texts.ts';
import { BlockFace, type Telling } from './block-face.ts';
import { typeBlock, whenDone } from './block-runner.ts';
import {
  isAsExpected,
  isNewsOfRun,
  lookBeforeRun,
  lookOfHindrance,
  lookOfRun,
  type BlockKind,
  type BlockLook,
} from './block-words.ts';
import { withElsewhereNote } from './elsewhere-note.ts';
import { machineHindrance } from './machine-hindrance.ts';
import { blockBefore, isInEarlierStep } from './step-order.ts';

// The limit of a fence without `timeout`, as documented on the page on writing labs.
const defaultTimeoutSeconds = 120;

export class LabRun extends HTMLElement {
  #life = new AbortController();
  #session!: LabSession;
  readonly #face = new BlockFace(this);
  #run: BlockRun | undefined;

  connectedCallback(): void {
    this.#life = new AbortController();
    const { signal } = this.#life;
    this.#session = pageSession();
    this.#face.connect(() => this.#clicked(), signal);
    this.#session.on('block', (run) => run.block === this.block && this.#showRun(run), signal);
    this.#session.on('cleared', ({ step }) => (this.isActive || !isInEarlierStep(this, step)) && this.#clear(), signal);
    const run = this.#session.block(this.block);
    if (run === undefined) this.#show(lookBeforeRun(this.#kind));
    else this.#showRun(run);
  }

  disconnectedCallback(): void {
    this.#life.abort();
  }

  get block(): string {
    return this.dataset['block'] ?? '';
  }

  get expected(): number {
    return Number(this.dataset['exit'] ?? 0);
  }

  /** Whether it has run and ended as the text says. */
  get isDone(): boolean {
    return isAsExpected(this.#run, this.expected);
  }

  /** Whether it is being typed or running. */
  get isActive(): boolean {
    return this.#run !== undefined && this.#run.state !== 'done';
  }

  /**
   * Types the command and waits for its end.
   * @returns whether it ended as the text says; false also when it could not be typed.
   */
  async run(): Promise<boolean> {
    const command = {
      block: this.block,
      machine: this.dataset['machine'] ?? '',
      command: this.dataset['command'] ?? '',
      isKeys: this.#kind.isKeys,
      question: blockBefore(this)?.dataset['until'],
      until: this.#kind.until,
      withinSeconds: Number(this.dataset['timeout'] ?? defaultTimeoutSeconds),
    };
    const answer = await typeBlock(this.#session, command, () => this.#show(lookOfHindrance('starting')));
    if (typeof answer === 'string') {
      const look = lookOfHindrance(answer, this.#machineWaits);
      this.#show(look.state === 'busy' && answer !== 'disconnected' ? this.#noted(look) : look);
      return false;
    }
    this.#keepInView();
    const run = await whenDone(this.#session, this.block, this.#life.signal);
    return isAsExpected(run, this.expected);
  }

  #clicked(): void {
    const run = this.#run;
    if (run !== undefined && this.isActive) this.#session.send({ type: 'interrupt', terminal: run.terminal });
    else void this.run();
  }

  #showRun(run: BlockRun): void {
    const before = this.#run;
    const isNews = isNewsOfRun(run, before);
    this.#run = run;
    const look = () => {
      const now = lookOfRun(run, this.#kind, Date.now());
      const mayWaitForEver = now.state === 'running' && this.#kind.until !== undefined;
      return now.state === 'failed' || mayWaitForEver ? this.#noted(now) : now;
    };
    if (run.state === 'running') this.#face.count(() => look().words);
    else this.#face.stopCount();
    // A command that ends at once is announced once: that it is done.
    this.#show(look(), !isNews ? 'never' : run.state === 'done' ? 'always' : 'if-it-lasts');
    // The failure was seen here, not reported again after a reload: what counted as done in its step is in doubt.
    const hasFailed = run.state === 'done' && !isAsExpected(run, this.expected);
    if (isNews && before !== undefined && hasFailed)
      this.dispatchEvent(new CustomEvent('lab-failed', { bubbles: true }));
  }

  get #machineWaits(): string | undefined {
    const { machine } = this.dataset;
    return machineHindrance(this.#session.view?.machines.find(({ name }) => name === machine));
  }

  #noted(look: BlockLook): BlockLook {
    return withElsewhereNote(look, this.#session, pageLesson());
  }

  get #kind(): BlockKind {
    const { put, keys, until } = this.dataset;
    return { expected: this.expected, isFile: put !== undefined, isKeys: keys !== undefined, until };
  }

  /** If a reader presses again, it is announced again. */
  #show(look: BlockLook, telling: Telling = 'always'): void {
    this.#face.show(look, telling);
    this.#label(look);
  }

  #label(look: BlockLook): void {
    const isActive = look.state === 'typed' || look.state === 'running';
    const { isFile, isKeys } = this.#kind;
    const first = text(isFile ? 'fence.put' : isKeys ? 'fence.keys' : 'fence.run');
    const again = text(`lab.block.${isFile ? 'put' : isKeys ? 'type' : 'run'}Again`);
    const { button } = this.#face;
    if (button === undefined) return;
    nameButton(button, isActive ? text('lab.block.stop') : this.#run === undefined ? first : again);
    button.classList.toggle('primary', isActive);
    setUsable(button, look.state !== 'waiting');
  }

  #clear(): void {
    this.#face.stopCount();
    this.#run = undefined;
    this.#show(lookBeforeRun(this.#kind));
  }

  /** On narrow screens the sheet has grown: what was clicked stays visible above it. */
  #keepInView(): void {
    requestAnimationFrame(() => this.scrollIntoView({ block: 'nearest' }));
  }
}
