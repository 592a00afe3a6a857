// What each phase says: a state word, one sentence, one action. Only keys and values; the page has the words.
import type { Progress } from '../../server/protocol/messages.ts';
import type { TextKey } from '../page/text-key.ts';
import type { LabSession } from '../session/lab-session.ts';
import type { TextValues } from '../session/page-texts.ts';
import type { Phase } from '../session/phase.ts';

/** The colour of a state, which is always shown with its word. */
export type Tone = 'plain' | 'run' | 'ok' | 'wait' | 'fail';

export type NoticeAction = 'start' | 'retry' | 'extend' | 'restart' | 'understood';

export interface Notice {
  tone: Tone;
  /** Key of the state word. */
  word: TextKey;
  /** Key of the sentence; undefined when there is nothing to say (ready). */
  sentence?: TextKey;
  values: TextValues;
  action?: { name: NoticeAction; label: TextKey };
  progress?: Progress | undefined;
  /** Key of a second, less prominent sentence. */
  note?: TextKey;
  /** Shows how long it has taken so far, because nobody knows how long it will take. */
  isCounted?: true;
  /** The server's own message, for its operator. */
  detail?: string;
  /** By performance.now(): the time until which `{seconds}` counts. */
  until?: number;
}

const start = { name: 'start', label: 'lab.action.start' } as const;
const retry = { name: 'retry', label: 'lab.action.retry' } as const;
const restart = { name: 'restart', label: 'lab.action.restart' } as const;
const understood = { name: 'understood', label: 'lab.action.understood' } as const;
const extend = { name: 'extend', label: 'lab.action.extend' } as const;

/** What a lab that has not been started would start from, and what its machines run on. */
export interface NoticeLab {
  /** `here`: where the page's lesson begins. `missing`: elsewhere, because there is no saved state. Absent: the beginning. */
  start?: 'here' | 'missing';
  acceleration?: 'kvm' | 'emulation';
}

/** What a session knows about its lab, as far as a notice needs it. */
export function noticeLabOf({ lessonStart, labView }: Pick<LabSession, 'lessonStart' | 'labView'>): NoticeLab {
  const { from, isMissing } = lessonStart;
  const acceleration = labView?.acceleration;
  return {
    ...(isMissing ? { start: 'missing' } : from === undefined ? {} : { start: 'here' }),
    ...(acceleration === undefined ? {} : { acceleration }),
  };
}

/** @returns the notice; its texts are all under `lab.state.` and `lab.say.`, one pair for each phase. */
export function noticeOf(phase: Phase, lab: NoticeLab = {}): Notice {
  switch (phase.name) {
    case 'looking':
      return notice('plain', 'looking');
    case 'absent':
      return { ...notice('plain', 'absent'), action: retry };
    case 'no-engine':
      return { ...notice('fail', 'noEngine'), detail: phase.detail };
    case 'not-started':
      return notStarted(lab);
    case 'preparing':
      return preparing(phase.progress, phase.isWanted);
    case 'queued':
      return {
        ...notice('wait', 'queued', phase.place === undefined ? 'queuedSomewhere' : 'queued'),
        values: { place: phase.place ?? 0 },
      };
    case 'starting':
      return { ...notice('run', 'starting'), isCounted: true };
    case 'ready':
      if (phase.lostAt !== undefined) return { ...notice('wait', 'ready', 'terminalsLost'), action: understood };
      return { tone: 'ok', word: 'lab.state.ready', values: {} };
    case 'expiring':
      return expiring(phase.leftMs, phase.canExtend);
    case 'disconnected':
      if (phase.isSilent === true) return notice('fail', 'silent');
      return disconnected(phase.retryAt);
    case 'ended':
      return { ...notice('plain', 'ended', `ended.${phase.reason}`), action: restart };
    case 'failed':
      return {
        ...notice('fail', 'failed'),
        detail: phase.detail,
        action: { name: 'start', label: 'lab.action.retry' },
      };
  }
}

/** The part after a prefix in the keys of the interface's texts. */
type After<Prefix extends string> = TextKey extends infer Key
  ? Key extends `${Prefix}${infer Name}`
    ? Name
    : never
  : never;

/** @param said end of the sentence's key, where it differs from that of the word */
function notice(tone: Tone, word: After<'lab.state.'> & After<'lab.say.'>): Notice;
function notice(tone: Tone, word: After<'lab.state.'>, said: After<'lab.say.'>): Notice;
function notice(tone: Tone, word: After<'lab.state.'>, said: string = word): Notice {
  return { tone, word: `lab.state.${word}`, sentence: `lab.say.${said}` as TextKey, values: {} };
}

function notStarted({ start: from, acceleration }: NoticeLab): Notice {
  const kinds = { here: 'notStartedHere', missing: 'notStartedMissing' } as const;
  const said = notice('plain', 'notStarted', from === undefined ? 'notStarted' : kinds[from]);
  const known: Notice = { ...said, action: start };
  return acceleration === undefined ? known : { ...known, note: `lab.vm.acceleration.${acceleration}` };
}

function preparing(progress: Progress | undefined, isWanted: boolean): Notice {
  const known: Notice = {
    ...notice('wait', 'preparing', isWanted ? 'preparing' : 'preparingUnasked'),
    progress,
  };
  return isWanted ? known : { ...known, action: { name: 'start', label: 'lab.action.startWhenReady' } };
}

function expiring(leftMs: number, canExtend: boolean): Notice {
  const values = { minutes: Math.max(1, Math.ceil(leftMs / 60_000)) };
  const known: Notice = {
    ...notice('wait', 'expiring', canExtend ? 'expiring' : 'expiringForGood'),
    values,
  };
  return canExtend ? { ...known, action: extend } : known;
}

function disconnected(retryAt: number | undefined): Notice {
  const known = notice('fail', 'disconnected', retryAt === undefined ? 'reconnecting' : 'disconnected');
  return retryAt === undefined ? known : { ...known, until: retryAt, action: retry };
}
