// The panel's first line: state word, lab, time left, and the actions on the whole lab.
import type { SessionView } from '../../server/protocol/messages.ts';
import { setUsable } from '../page/usable-button.ts';
import { text } from '../session/page-texts.ts';
import type { Phase } from '../session/phase.ts';
import { showsTerminals } from '../session/phase.ts';
import { timeLeft } from '../session/time-words.ts';
import type { MachineBadge } from '../machine-panel/machine-badge.ts';
import { make, makeButton, setText } from './make-element.ts';
import type { Notice, NoticeAction } from './notice.ts';
import { makePanelMenu } from './panel-menu.ts';
import type { PanelSize } from './panel-place.ts';

export interface HeaderActions {
  act(action: NoticeAction): void;
  extend(): void;
  reset(): void;
  end(): void;
  resize(size: PanelSize): void;
}

export interface PanelHeader {
  element: HTMLElement;
  /** @param machine what a machine does that is not up, shown in the session's place where its own line is not in sight */
  show(
    phase: Phase,
    notice: Notice,
    session: SessionView | undefined,
    leftMs: number,
    machine: MachineBadge | undefined,
  ): void;
  showSize(size: PanelSize): void;
}

export function makePanelHeader(title: string, actions: HeaderActions, signal: AbortSignal): PanelHeader {
  const word = make('span', { class: 'lab-word' });
  const machineWord = make('span', { class: 'lab-word lab-machine-word' });
  const left = make('span', { class: 'lab-left' });
  const extend = makeButton(text('lab.action.extend'), 'button lab-rare', actions.extend, signal);
  const reset = makeButton(text('lab.action.reset'), 'button lab-rare', actions.reset, signal);
  const end = makeButton(text('lab.action.end'), 'button lab-rare', actions.end, signal);
  end.title = text('lab.settings.end');
  const menu = makePanelMenu(actions, signal);
  let size: PanelSize = 'normal';
  let offered: NoticeAction | undefined;
  // Shows the notice's action while the notice is folded away: on a phone the first thing to press is always visible.
  const offer = makeButton('', 'button primary', () => offered && actions.act(offered), signal);
  const fold = makeButton('', 'button', () => actions.resize(size === 'folded' ? 'normal' : 'folded'), signal);
  const maximise = makeButton('', 'button', () => actions.resize(size === 'full' ? 'normal' : 'full'), signal);
  const element = make('div', { class: 'lab-header' }, [
    word,
    machineWord,
    make('span', { class: 'lab-title', text: title }),
    left,
    make('span', { class: 'lab-header-buttons' }, [offer, extend, reset, end, menu.button, menu.list, fold, maximise]),
  ]);
  return {
    element,
    show: (phase, notice, session, leftMs, machine) => {
      offered = notice.action?.name;
      offer.hidden = offered === undefined || size !== 'folded';
      setText(offer, notice.action === undefined ? '' : text(notice.action.label));
      maximise.hidden = !offer.hidden;
      setText(word, text(notice.word));
      word.dataset['tone'] = notice.tone;
      setText(machineWord, machine?.words ?? '');
      machineWord.dataset['tone'] = machine?.tone ?? 'plain';
      // What is wrong with the lab as a whole comes first.
      element.toggleAttribute('data-machine', machine !== undefined && notice.tone === 'ok');
      const isRunning = session !== undefined && showsTerminals(phase);
      setText(left, isRunning ? timeLeft(leftMs) : '');
      menu.show(isRunning, session?.canExtend === true, phase.name !== 'disconnected');
      extend.hidden = !isRunning || !session.canExtend || phase.name !== 'ready';
      // The button stays while the lab restarts, because it has the focus of the reader who pressed it.
      reset.hidden = !isRunning && !(session !== undefined && phase.name === 'starting');
      end.hidden = !isRunning;
      setUsable(end, phase.name !== 'disconnected');
      setUsable(extend, phase.name !== 'disconnected');
      setUsable(reset, isRunning && phase.name !== 'disconnected');
    },
    showSize: (now) => {
      size = now;
      setText(fold, text(now === 'folded' ? 'lab.action.unfold' : 'lab.action.fold'));
      setText(maximise, text(now === 'full' ? 'lab.action.restore' : 'lab.action.maximise'));
      fold.hidden = now === 'full';
      offer.hidden = offered === undefined || now !== 'folded';
      maximise.hidden = !offer.hidden;
      fold.setAttribute('aria-expanded', String(now !== 'folded'));
    },
  };
}
