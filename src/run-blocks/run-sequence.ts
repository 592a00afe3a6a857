// Runs blocks one after the other and stops where one does not end as the text says.
import { setUsable } from '../page/usable-button.ts';
import type { LabAction } from './lab-action.ts';
import type { LabRun } from './lab-run.ts';

/** A part of a step: a command or keys in a terminal, or an action on a machine from outside. */
export type StepBlock = LabRun | LabAction;

/** @returns whether all ended as the text says. The first that did not is scrolled into view. */
export async function runInOrder(blocks: Iterable<StepBlock>): Promise<boolean> {
  for (const block of blocks) {
    if (await block.run()) continue;
    block.scrollIntoView({ block: 'nearest' });
    return false;
  }
  return true;
}

/**
 * Runs blocks like `runInOrder`, for a button that cannot be pressed meanwhile. The checks of its step wait for all of them.
 * @returns whether all ended as the text says
 */
export async function runOnce(button: HTMLButtonElement, blocks: Iterable<StepBlock>): Promise<boolean> {
  const step = button.closest<HTMLElement>('lab-step');
  setUsable(button, false);
  if (step !== null) step.dataset['running'] = '';
  try {
    return await runInOrder(blocks);
  } finally {
    setUsable(button, true);
    delete step?.dataset['running'];
    step?.dispatchEvent(new CustomEvent('lab-ran'));
  }
}

/** The blocks inside an element, in page order. */
export function blocksIn(element: Document | Element): StepBlock[] {
  return [...element.querySelectorAll<StepBlock>('lab-run, lab-action')];
}
