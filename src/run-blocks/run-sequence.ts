// Runs blocks one after the other and stops where one does not end as the text says.
import type { LabRun } from './lab-run.ts';

/** @returns whether all ended as the text says. The one that did not is left in sight. */
export async function runInOrder(blocks: Iterable<LabRun>): Promise<boolean> {
  for (const block of blocks) {
    if (await block.run()) continue;
    block.scrollIntoView({ block: 'nearest' });
    return false;
  }
  return true;
}

/** The blocks inside an element, in page order. */
export function blocksIn(element: Element): LabRun[] {
  return [...element.querySelectorAll<LabRun>('lab-run')];
}
