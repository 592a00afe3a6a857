// Alt R runs the next block that is not done yet: the next one below the focus, or the first of the page.
import { blocksIn, type StepBlock } from './run-sequence.ts';

/** Listens as long as the page is open. Keys in a terminal stay the terminal's. */
export function listenForRunKey(): void {
  document.addEventListener('keydown', (event) => {
    const isRunKey = event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.code === 'KeyR';
    if (!isRunKey || isTyping(event.target)) return;
    event.preventDefault();
    const next = nextBlock();
    if (next === undefined) return;
    next.querySelector<HTMLElement>('[data-run]')?.focus();
    void next.run();
  });
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable="true"]');
}

function nextBlock(): StepBlock | undefined {
  // Blocks in a folded solution are only for readers who open it.
  const blocks = blocksIn(document).filter((block) => block.checkVisibility());
  const here = document.activeElement?.closest('lab-run, lab-action');
  const isBelow = (block: StepBlock) =>
    here === null ||
    here === undefined ||
    block === here ||
    Boolean(here.compareDocumentPosition(block) & Node.DOCUMENT_POSITION_FOLLOWING);
  const open = blocks.filter((block) => !block.isDone && !block.isActive);
  return open.find(isBelow) ?? open[0];
}
