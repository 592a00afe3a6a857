// Which of the power buttons make sense now, and which of them ask first. Pure.
import { powerActions } from '../../server/protocol/machine-actions.ts';
import type { PowerAction, VmView } from '../../server/protocol/messages.ts';
import type { Question } from '../page/text-key.ts';

export interface PowerChoice {
  action: PowerAction;
  isEnabled: boolean;
  /** Key of the question to ask first, because work may be lost. */
  question?: Question;
}

const questions: Partial<Record<PowerAction, Question>> = { reset: 'lab.powerReset', unplug: 'lab.powerUnplug' };

/** @param isBusy another action on the machine is already running */
export function powerChoices(vm: Pick<VmView, 'power' | 'phase'>, isBusy: boolean): PowerChoice[] {
  const isOn = vm.power === 'on';
  // Before the system runs, nothing reacts to the power button, and nothing can be lost yet.
  const hasSystem = vm.phase === 'system' || vm.phase === 'ready';
  const enabled: Record<PowerAction, boolean> = {
    start: !isOn,
    stop: isOn && hasSystem,
    reset: isOn,
    unplug: isOn,
  };
  return powerActions.map((action) => {
    const question = hasSystem ? questions[action] : undefined;
    return { action, isEnabled: enabled[action] && !isBusy, ...(question === undefined ? {} : { question }) };
  });
}
