// The lab panel: `<lab-panel data-lab data-title>`. Puts the parts together; each part has its own file.
import type { Question } from '../page/text-key.ts';
import { machineBadge } from '../machine-panel/machine-badge.ts';
import { virtualMachines } from '../session/machine-actions.ts';
import { pageSession } from '../session/page-session.ts';
import type { LabSession } from '../session/lab-session.ts';
import { text } from '../session/page-texts.ts';
import { showsTerminals } from '../session/phase.ts';
import { copyText } from '../terminal/clipboard.ts';
import { makeFindBar, type FindBar } from './find-bar.ts';
import { makeKeysDialog } from './keys-dialog.ts';
import { make, makeButton } from './make-element.ts';
import { noticeLabOf, noticeOf, type NoticeAction } from './notice.ts';
import { PanelActions } from './panel-actions.ts';
import { makePanelDoorway, type PanelDoorway } from './panel-doorway.ts';
import { makePanelFooter, type PanelFooter } from './panel-footer.ts';
import { makePanelHeader, type PanelHeader } from './panel-header.ts';
import { makePanelNotice, type PanelNotice } from './panel-notice.ts';
import { makePanelTold, type PanelTold } from './panel-told.ts';
import { PanelFocus } from './panel-focus.ts';
import { PanelFrame } from './panel-frame.ts';
import type { PanelSize } from './panel-place.ts';
import { PanelTabs } from './panel-tabs.ts';
import { makeScreenReaderButton } from './screen-reader-button.ts';
import { makeSettingsDialog } from './settings-dialog.ts';
import { TerminalStack } from './terminal-stack.ts';
import { makeTouchRow } from './touch-row.ts';
import { makeUnkeptLine } from './unkept-line.ts';

// While seconds matter, they are shown counting, so this is updated every second.
const tickMs = 1_000;

export class LabPanel extends HTMLElement {
  #life = new AbortController();
  #session!: LabSession;
  #actions!: PanelActions;
  #frame!: PanelFrame;
  #header!: PanelHeader;
  #notice!: PanelNotice;
  #tabs!: PanelTabs;
  #stack!: TerminalStack;
  #find!: FindBar;
  #body!: HTMLElement;
  #footer!: PanelFooter;
  #told!: PanelTold;
  #focus: PanelFocus | undefined;
  #doorway!: PanelDoorway;

  connectedCallback(): void {
    this.#life = new AbortController();
    this.#session = pageSession();
    this.#actions = new PanelActions(this, this.#session, {
      unfold: () => this.#unfold(),
      focusTerminal: () => this.#stack.focus(),
      focusNotice: () => this.#focus?.toNotice(),
      tell: (words) => this.#told.tell(words),
    });
    this.#build();
    this.#listen();
    this.#show();
  }

  disconnectedCallback(): void {
    this.#life.abort();
  }

  /** The content of the terminal that is shown, with scrollback; undefined while there is none. */
  get screenText(): string | undefined {
    return this.#stack.view?.text;
  }

  /** Shows a sentence for a while, and announces it. */
  tell(words: string): void {
    this.#told.tell(words);
  }

  #build(): void {
    const { signal } = this.#life;
    this.#header = makePanelHeader(this.dataset['title'] ?? '', this.#headerActions(), signal);
    this.#notice = makePanelNotice((action) => this.#actions.act(action), signal);
    this.#told = makePanelTold(signal);
    const [settings, keys] = [this.#makeSettings(signal), makeKeysDialog(signal)];
    this.#body = this.#makeBody(settings, keys, signal);
    this.#frame = new PanelFrame(this, (size) => this.#header.showSize(size), signal);
    this.replaceChildren(
      this.#frame.handle,
      this.#header.element,
      this.#notice.element,
      this.#body,
      makeUnkeptLine(),
      this.#notice.status,
      this.#told.element,
      settings,
      keys,
    );
    this.#header.showSize(this.#frame.size);
  }

  /** What is visible while the lab runs. */
  #makeBody(settings: HTMLDialogElement, keys: HTMLDialogElement, signal: AbortSignal): HTMLElement {
    const touchRow = makeTouchRow(() => this.#stack.view, signal);
    this.#footer = makePanelFooter();
    this.#stack = new TerminalStack(
      this.#session,
      this.#terminalListener(() => touchRow.takeControl()),
      (action) => this.#actions.attempt(action),
      signal,
    );
    this.#find = makeFindBar(
      () => this.#stack.view,
      () => this.#stack.focus(),
      signal,
    );
    const tools = [
      makeButton(text('lab.tool.find'), 'lab-quiet', () => this.#find.open(), signal),
      makeButton(text('lab.tool.keys'), 'lab-quiet', () => keys.showModal(), signal),
      makeButton(text('lab.tool.settings'), 'lab-quiet', () => settings.showModal(), signal),
    ];
    this.#doorway = makePanelDoorway(
      this.#session,
      () => this.#actions.startHere(),
      () => this.#show(),
      signal,
    );
    this.#tabs = new PanelTabs(this.#session, this.#stack, tools, this.#tabSurroundings(), signal);
    return make('div', { class: 'lab-body' }, [
      this.#doorway.element,
      this.#tabs.strip,
      this.#tabs.element,
      this.#find.element,
      makeScreenReaderButton(signal),
      this.#stack.element,
      touchRow.element,
      this.#footer.element,
    ]);
  }

  #makeSettings(signal: AbortSignal): HTMLDialogElement {
    return makeSettingsDialog(
      {
        redraw: () => this.#stack.view?.redraw(),
        extend: () => this.#actions.extend(),
        reset: () => this.#actions.reset(),
        end: () => this.#actions.end(),
        forgetProgress: () => this.#actions.forgetProgress(),
      },
      signal,
    );
  }

  #headerActions() {
    return {
      act: (action: NoticeAction) => this.#actions.act(action),
      extend: () => this.#actions.extend(),
      reset: () => this.#actions.reset(),
      end: () => this.#actions.end(),
      resize: (size: PanelSize) => this.#frame.resize(size),
    };
  }

  #tabSurroundings() {
    return {
      attempt: (action: Promise<unknown>) => this.#actions.attempt(action),
      ask: (question: Question) => this.#actions.ask(question),
      resetLab: () => this.#actions.reset(),
      leave: () => this.#focus?.leave(),
      unfold: () => this.#unfold(),
      changed: () => this.#show(),
    };
  }

  #terminalListener(takeControl: () => boolean) {
    return {
      onChord: (chord: 'leave' | 'copy' | 'find') => {
        if (chord === 'leave') this.#focus?.leave();
        if (chord === 'find') this.#find.open();
        if (chord === 'copy') void this.#copy();
      },
      onSize: (columns: number, rows: number) => this.#footer.showSize(columns, rows),
      onLostInput: () => this.#told.tell(text('lab.say.lostInput')),
      takeControl,
    };
  }

  #listen(): void {
    const { signal } = this.#life;
    this.#session.on('change', () => this.#show(), signal);
    // What the text has to say about itself, for example that a step has been run.
    document.addEventListener('lab-tell', (event) => event instanceof CustomEvent && this.tell(String(event.detail)), {
      signal,
    });
    this.#session.on('show', (terminal) => this.#tabs.showTerminal(terminal), signal);
    const timer = setInterval(() => this.#show(), tickMs);
    signal.addEventListener('abort', () => clearInterval(timer));
    this.#focus = new PanelFocus(
      this,
      {
        isOpen: () => showsTerminals(this.#session.phase),
        enter: () => this.#tabs.enter(),
        fallback: () => this.#tabs.focus(),
      },
      this.#frame,
      signal,
    );
  }

  #show(): void {
    const session = this.#session.view;
    const { phase } = this.#session;
    const notice = noticeOf(phase, noticeLabOf(this.#session));
    const isOpen = session !== undefined && showsTerminals(phase);
    this.dataset['phase'] = phase.name;
    const machine = isOpen ? machineBadge(virtualMachines(this.#session)) : undefined;
    this.#header.show(phase, notice, session, this.#session.leftMs, machine);
    this.#notice.show(notice, isOpen);
    this.#body.hidden = !isOpen;
    this.#frame.open(isOpen);
    this.#doorway.show(isOpen && phase.name !== 'disconnected');
    this.#tabs.show(phase, isOpen);
    this.#footer.show(session);
    this.#focus?.rescue();
  }

  #unfold(): void {
    if (this.#frame.size === 'folded') this.#frame.resize('normal');
  }

  async #copy(): Promise<void> {
    const selection = this.#stack.view?.selection ?? '';
    if (selection === '') return this.#told.tell(text('lab.say.nothingSelected'));
    const isCopied = await copyText(selection);
    this.#told.tell(text(isCopied ? 'lab.say.copied' : 'lab.say.notCopied'));
    this.#stack.focus();
  }
}
