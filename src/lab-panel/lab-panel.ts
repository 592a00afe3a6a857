// The lab panel: `<lab-panel data-lab data-title>`. Puts the parts together; each part is a file of its own.
import { pageSession } from '../session/page-session.ts';
import type { LabSession } from '../session/lab-session.ts';
import { ApiError } from '../session/lab-api.ts';
import { text } from '../session/page-texts.ts';
import { showsTerminals, type Phase } from '../session/phase.ts';
import { copyText } from '../terminal/clipboard.ts';
import { terminalSettings, changeTerminalSettings } from '../terminal/terminal-settings.ts';
import { MachinePanel } from '../machine-panel/machine-panel.ts';
import { forgetProgress } from '../progress/progress-store.ts';
import { confirmDialog } from './confirm-dialog.ts';
import { makeFindBar, type FindBar } from './find-bar.ts';
import { make, makeButton, setText } from './make-element.ts';
import { noticeOf, type NoticeAction, type NoticeLab } from './notice.ts';
import { makePanelDoorway, type PanelDoorway } from './panel-doorway.ts';
import { makePanelHeader, type PanelHeader } from './panel-header.ts';
import { makePanelNotice, type PanelNotice } from './panel-notice.ts';
import { makePanelTold, type PanelTold } from './panel-told.ts';
import { PanelFocus } from './panel-focus.ts';
import { PanelFrame } from './panel-frame.ts';
import { makeSettingsDialog } from './settings-dialog.ts';
import { TerminalStack } from './terminal-stack.ts';
import { makeTerminalTabs, terminalKey, terminalOf, type TerminalTabs } from './terminal-tabs.ts';
import { makeTouchRow } from './touch-row.ts';

// Seconds are counted in the open while they matter: a second is their step.
const tickMs = 1_000;

export class LabPanel extends HTMLElement {
  #life = new AbortController();
  #session!: LabSession;
  #frame!: PanelFrame;
  #header!: PanelHeader;
  #notice!: PanelNotice;
  #tabs!: TerminalTabs;
  #stack!: TerminalStack;
  #find!: FindBar;
  #body!: HTMLElement;
  #size!: HTMLElement;
  #unenforced!: HTMLElement;
  #told!: PanelTold;
  #focus!: PanelFocus;
  #doorway!: PanelDoorway;
  #machines!: MachinePanel;
  /** Key of the tab that is shown in the terminals' place. */
  #extra: string | undefined;

  connectedCallback(): void {
    this.#life = new AbortController();
    this.#session = pageSession();
    this.#build();
    this.#listen();
    this.#show();
  }

  disconnectedCallback(): void {
    this.#life.abort();
  }

  /** What the shown terminal holds, scrollback included; undefined while there is none. */
  get screenText(): string | undefined {
    return this.#stack.view?.text;
  }

  #build(): void {
    const { signal } = this.#life;
    const session = this.#session;
    this.#header = makePanelHeader(this.dataset['title'] ?? '', this.#headerActions(), signal);
    this.#notice = makePanelNotice((action) => this.#act(action), signal);
    const touchRow = makeTouchRow(() => this.#stack.view, signal);
    this.#stack = new TerminalStack(
      session,
      this.#terminalListener(() => touchRow.takeControl()),
      signal,
    );
    this.#find = makeFindBar(
      () => this.#stack.search,
      () => this.#stack.focus(),
      signal,
    );
    const settings = this.#makeSettings(signal);
    const tools = [
      makeButton(text('lab.tool.find'), 'lab-quiet', () => this.#find.open(), signal),
      makeButton(text('lab.tool.settings'), 'lab-quiet', () => settings.showModal(), signal),
    ];
    this.#doorway = makePanelDoorway(session, () => this.#startHere(), signal);
    this.#machines = new MachinePanel(session, this.#stack.element, this.#machineHooks(), signal);
    this.#tabs = makeTerminalTabs(this.#tabActions(), tools, signal);
    const helper = makeButton(text('lab.screenReader.offer'), 'button lab-skip', () => this.#readForMe(), signal);
    helper.hidden = terminalSettings().isScreenReader;
    this.#size = make('span', { class: 'lab-size' });
    this.#told = makePanelTold(signal);
    this.#unenforced = make('span', { class: 'lab-unenforced' });
    const footer = make('div', { class: 'lab-footer' }, [
      make('span', { text: text('lab.footer.copy') }),
      make('span', { text: text('lab.footer.leave') }),
      this.#unenforced,
      this.#size,
    ]);
    this.#body = make('div', { class: 'lab-body' }, [
      this.#doorway.element,
      this.#machines.strip,
      this.#tabs.element,
      this.#find.element,
      helper,
      this.#stack.element,
      touchRow.element,
      footer,
    ]);
    this.#frame = new PanelFrame(this, (size) => this.#header.showSize(size), signal);
    this.replaceChildren(
      this.#frame.handle,
      this.#header.element,
      this.#notice.element,
      this.#body,
      this.#notice.status,
      this.#told.element,
      settings,
    );
    this.#header.showSize(this.#frame.size);
  }

  #makeSettings(signal: AbortSignal): HTMLDialogElement {
    return makeSettingsDialog(
      {
        redraw: () => this.#stack.view?.redraw(),
        ...this.#headerActions(),
        end: () => this.#attempt(this.#askAnd('lab.end', () => this.#session.end())),
        forgetProgress: () => this.#attempt(this.#askAnd('lab.forget', () => Promise.resolve(forgetProgress()))),
      },
      signal,
    );
  }

  #headerActions() {
    return {
      act: (action: NoticeAction) => this.#act(action),
      extend: () => this.#attempt(this.#session.extend()),
      reset: () => this.#attempt(this.#askAnd('lab.reset', () => this.#session.reset())),
      resize: (size: 'folded' | 'normal' | 'full') => this.#frame.resize(size),
    };
  }

  #tabActions() {
    return {
      select: (key: string, isByKey: boolean) => {
        const terminal = terminalOf(key);
        this.#extra = terminal === undefined ? key : undefined;
        if (terminal !== undefined) this.#stack.select(terminal);
        this.#show();
        // With a click one wants to type; with the arrow keys one is still choosing.
        if (!isByKey) this.#enter();
      },
      open: (machine: string) => this.#attempt(this.#session.openTerminal(machine).then(() => this.#enter())),
      close: (terminal: number) => this.#attempt(this.#session.closeTerminal(terminal).then(() => this.#tabs.focus())),
    };
  }

  #machineHooks() {
    return {
      attempt: (action: Promise<unknown>) => this.#attempt(action),
      ask: (question: string) => confirmDialog(this, question),
      showConsole: (machine: string) => this.#showConsole(machine),
      resetLab: () => this.#attempt(this.#askAnd('lab.reset', () => this.#session.reset())),
      leave: () => this.#focus.leave(),
    };
  }

  #terminalListener(takeControl: () => boolean) {
    return {
      onChord: (chord: 'leave' | 'copy' | 'find') => {
        if (chord === 'leave') this.#focus.leave();
        if (chord === 'find') this.#find.open();
        if (chord === 'copy') void this.#copy();
      },
      onSize: (columns: number, rows: number) => setText(this.#size, `${columns} × ${rows}`),
      onLostInput: () => this.#tell(text('lab.say.lostInput')),
      takeControl,
    };
  }

  #listen(): void {
    const { signal } = this.#life;
    this.#session.on('change', () => this.#show(), signal);
    this.#session.on('show', (terminal) => this.#showTerminal(terminal), signal);
    const timer = setInterval(() => this.#show(), tickMs);
    signal.addEventListener('abort', () => clearInterval(timer));
    this.#focus = new PanelFocus(
      this,
      {
        isOpen: () => showsTerminals(this.#session.phase),
        enter: () => this.#enter(),
        fallback: () => this.#tabs.focus(),
      },
      this.#frame,
      signal,
    );
  }

  #show(): void {
    const session = this.#session.view;
    const { phase } = this.#session;
    const notice = noticeOf(phase, this.#noticeLab());
    const isOpen = session !== undefined && showsTerminals(phase);
    this.dataset['phase'] = phase.name;
    this.#header.show(phase, notice, session);
    this.#notice.show(notice, isOpen);
    this.#body.hidden = !isOpen;
    this.#doorway.show(isOpen && phase.name !== 'disconnected');
    const extras = this.#machines.tabs();
    if (!extras.some(({ key }) => key === this.#extra)) this.#extra = undefined;
    this.#stack.cover(this.#extra !== undefined);
    if (isOpen) this.#stack.show(session.terminals);
    else if (phase.name === 'ended' || phase.name === 'starting') this.#stack.show([]);
    this.#session.activeTerminal = this.#stack.selected;
    this.#machines.show(this.#extra, isOpen && phase.name !== 'disconnected');
    const { selected } = this.#stack;
    const key = this.#extra ?? (selected === undefined ? undefined : terminalKey(selected));
    this.#tabs.show(session, extras, key);
    const names = (session?.unenforced ?? []).map((limit) => text(`lab.limit.${limit}`)).join(', ');
    setText(this.#unenforced, names === '' ? '' : text('lab.footer.unenforced', { names }));
  }

  #noticeLab(): NoticeLab {
    const { lessonStart, labView } = this.#session;
    const { from, isMissing } = lessonStart;
    const acceleration = labView?.acceleration;
    return {
      ...(isMissing ? { start: 'missing' } : from === undefined ? {} : { start: 'here' }),
      ...(acceleration === undefined ? {} : { acceleration }),
    };
  }

  /** Puts the focus into what is shown. */
  #enter(): void {
    if (this.#extra === undefined) this.#stack.focus();
    else this.#machines.focus(this.#extra);
  }

  #showConsole(machine: string): void {
    const serial = this.#session.terminals.find((one) => one.machine === machine && one.kind === 'serial');
    if (serial === undefined) return;
    this.#showTerminal(serial.number);
    this.#enter();
  }

  #startHere(): void {
    this.#attempt(this.#askAnd('lab.doorStart', () => this.#session.reset()));
  }

  #showTerminal(terminal: number): void {
    this.#extra = undefined;
    this.#stack.select(terminal);
    if (this.#frame.size === 'folded') this.#frame.resize('normal');
    this.#show();
  }

  #act(action: NoticeAction): void {
    switch (action) {
      case 'start':
      case 'restart':
        return void this.#start();
      case 'retry':
        return this.#session.retry();
      case 'extend':
        return this.#attempt(this.#session.extend());
    }
  }

  async #start(): Promise<void> {
    if (this.#frame.size === 'folded') this.#frame.resize('normal');
    await this.#session.start();
    if (isOver(this.#session.phase)) return;
    this.#stack.focus();
  }

  async #askAnd(key: string, act: () => Promise<void>): Promise<void> {
    if (await confirmDialog(this, key)) await act();
  }

  #readForMe(): void {
    changeTerminalSettings({ isScreenReader: true });
    this.#stack.focus();
  }

  async #copy(): Promise<void> {
    const selection = this.#stack.view?.selection ?? '';
    if (selection === '') return this.#tell(text('lab.say.nothingSelected'));
    const isCopied = await copyText(selection);
    this.#tell(text(isCopied ? 'lab.say.copied' : 'lab.say.notCopied'));
    this.#stack.focus();
  }

  #tell(words: string): void {
    this.#told.tell(words);
  }

  /** Does what the reader asked for; when the server refuses, says so. */
  #attempt(action: Promise<unknown>): void {
    action.catch((error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
      const isUnreachable = error.code === 'unreachable' || error.code === 'not-a-lab-server';
      this.#tell(isUnreachable ? text('lab.say.unreachable') : text('lab.say.refused', { message: error.message }));
    });
  }
}

function isOver(phase: Phase): boolean {
  return phase.name === 'failed' || phase.name === 'absent' || phase.name === 'no-engine';
}
