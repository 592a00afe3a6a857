// A machine's graphical console as a tab: connected when first opened, kept while another tab is shown, and reconnected after a loss.
import { make, makeButton, setText } from '../lab-panel/make-element.ts';
import { reconnectDelayMs } from '../session/backoff.ts';
import type { LabSession } from '../session/lab-session.ts';
import { screenAddress, type VirtualMachine } from '../session/machine-actions.ts';
import { text } from '../session/page-texts.ts';
import { secondsUntil } from '../session/time-words.ts';
import { terminalChord } from '../terminal/terminal-keys.ts';
import type { ScreenClient } from './screen-client.ts';
import { isReadableWhole } from './screen-scale.ts';

export class MachineScreen {
  readonly element: HTMLElement;
  readonly #session: LabSession;
  readonly #name: string;
  readonly #label: string;
  readonly #place = make('div', { class: 'screen-place' });
  readonly #state = make('span', { attributes: { role: 'status' } });
  /** Counting seconds are shown but not announced, so they are outside the status. */
  readonly #countdown = make('span');
  /** At its own size, that there is more of it. */
  readonly #larger = make('span', { class: 'screen-larger', text: text('lab.screen.larger') });
  readonly #untyped = make('span', { attributes: { role: 'status' } });
  readonly #retry: HTMLButtonElement;
  readonly #scale: HTMLButtonElement;
  /** The reader's choice; until there is one, readability decides. */
  #isWholeChosen: boolean | undefined;
  #client: ScreenClient | undefined;
  #isConnected = false;
  #isOpening = false;
  #wasOpened = false;
  #wantsFocus = false;
  #attempt = 0;
  #retryAt = 0;
  #isOn = true;
  #isReady = false;

  /** @param tabId the tab that shows it @param leave returns the focus to the page */
  constructor(
    session: LabSession,
    machine: VirtualMachine,
    ids: { panel: string; tab: string },
    leave: () => void,
    signal: AbortSignal,
  ) {
    this.#session = session;
    this.#name = machine.name;
    this.#label = text('lab.screen.label', { machine: machine.title });
    this.#retry = makeButton(text('lab.screen.retry'), 'button', () => this.#tryNow(), signal);
    this.#scale = makeButton('', 'lab-quiet', () => this.#chooseScale(), signal);
    const keys = makeButton(text('lab.screen.secret'), 'lab-quiet', () => this.#client?.sendCtrlAltDel(), signal);
    const leaveWords = make('span', { class: 'lab-for-keyboards', text: text('lab.screen.leave') });
    const foot = make('div', { class: 'screen-foot' }, [leaveWords, this.#larger, this.#untyped, this.#scale, keys]);
    this.element = make(
      'div',
      { class: 'lab-screen', attributes: { role: 'tabpanel', id: ids.panel, 'aria-labelledby': ids.tab } },
      [
        make('div', { class: 'screen-state' }, [make('p', {}, [this.#state, ' ', this.#countdown]), this.#retry]),
        this.#place,
        foot,
      ],
    );
    this.#place.addEventListener('keydown', (event) => this.#leaveByKey(event, leave), { signal, capture: true });
    signal.addEventListener('abort', () => this.#drop());
  }

  /** @param isShown whether its tab is selected @param isReady whether the lab is connected */
  show({ vm }: VirtualMachine, isShown: boolean, isReady: boolean): void {
    this.element.hidden = !isShown;
    this.#isOn = vm.power === 'on';
    this.#isReady = isReady;
    if (isShown) this.#wasOpened = true;
    if (this.#wasOpened && this.#isDue()) void this.#open();
    if (isShown) this.#applyScale();
    this.#say();
  }

  focus(): void {
    if (this.#isConnected) this.#client?.focus();
    else this.#wantsFocus = true;
  }

  remove(): void {
    this.#drop();
    this.element.remove();
  }

  #isDue(): boolean {
    const isWanted = this.#isReady && this.#isOn && this.#client === undefined && !this.#isOpening;
    return isWanted && performance.now() >= this.#retryAt;
  }

  async #open(): Promise<void> {
    this.#isOpening = true;
    try {
      const { ScreenClient } = await import('./screen-client.ts');
      const address = screenAddress(this.#session, this.#name);
      if (address === undefined || !this.element.isConnected || this.#client !== undefined) return;
      this.#client = new ScreenClient(this.#place, address, this.#label, {
        onConnect: () => this.#connected(),
        onDisconnect: () => this.#lost(),
        onUntyped: (sign) => setText(this.#untyped, text('lab.screen.untyped', { sign })),
      });
    } catch (error) {
      // The library did not load or refuses the connection: it is tried again, like a lost one.
      console.warn('the screen could not be opened', error);
      this.#lost();
    } finally {
      this.#isOpening = false;
    }
  }

  #connected(): void {
    this.#isConnected = true;
    this.#attempt = 0;
    if (this.#wantsFocus && !this.element.hidden) this.#client?.focus();
    this.#wantsFocus = false;
    this.#applyScale();
    this.#say();
  }

  get #isWhole(): boolean {
    const { clientWidth: width, clientHeight: height } = this.#place;
    const picture = this.#client?.picture;
    return this.#isWholeChosen ?? (picture === undefined || isReadableWhole({ width, height }, picture));
  }

  #chooseScale(): void {
    this.#isWholeChosen = !this.#isWhole;
    this.#applyScale();
  }

  /** Decided again each time it is shown: the firmware's picture differs in size from the system's, and the panel may be resized. */
  #applyScale(): void {
    const picture = this.#isConnected ? this.#client?.picture : undefined;
    const { clientWidth: width, clientHeight: height } = this.#place;
    const isLarger = picture !== undefined && (picture.width > width || picture.height > height);
    this.#scale.hidden = !isLarger;
    this.#larger.hidden = !isLarger || this.#isWhole;
    if (picture === undefined) return;
    this.#client?.scale(this.#isWhole, text('lab.screen.box'));
    this.#client?.reveal();
    setText(this.#scale, text(this.#isWhole ? 'lab.screen.ownSize' : 'lab.screen.whole'));
  }

  #lost(): void {
    this.#drop();
    this.#attempt++;
    this.#retryAt = performance.now() + reconnectDelayMs(this.#attempt, Math.random());
    this.#say();
  }

  #tryNow(): void {
    this.#retryAt = 0;
    if (this.#isDue()) void this.#open();
    // The button that was pressed disappears, so the focus goes to the screen once that is there.
    this.focus();
    this.#say();
  }

  #drop(): void {
    this.#isConnected = false;
    this.#client?.dispose();
    this.#client = undefined;
    this.#place.replaceChildren();
  }

  /** Says in words what the screen shows, or why it shows nothing. */
  #say(): void {
    const isWaiting = !this.#isConnected && this.#isOn && this.#retryAt > performance.now();
    // A machine that is off keeps its last picture until it is switched on again.
    this.element.dataset['screen'] = !this.#isOn ? 'off' : this.#isConnected ? 'connected' : 'connecting';
    this.#retry.hidden = !isWaiting;
    const seconds = secondsUntil(this.#retryAt, performance.now());
    setText(this.#countdown, isWaiting ? text('lab.screen.again', { seconds }) : '');
    setText(this.#state, text(`lab.screen.${this.#stateWord(isWaiting)}`));
  }

  #stateWord(isWaiting: boolean): 'connected' | 'off' | 'lost' | 'connecting' {
    if (!this.#isOn) return 'off';
    if (this.#isConnected) return 'connected';
    return isWaiting ? 'lost' : 'connecting';
  }

  #leaveByKey(event: KeyboardEvent, leave: () => void): void {
    if (terminalChord(event) !== 'leave') return;
    event.preventDefault();
    event.stopPropagation();
    this.#client?.leave();
    leave();
  }
}
