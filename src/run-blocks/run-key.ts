// Alt R runs the next block that is not done yet: from the reader's place in the text on, never in a step that is done.
import { readingPlace, rememberReadingPlace } from '../page/reading-place.ts';
import { isMarkedDone } from '../progress/progress-store.ts';
import { pageLesson } from '../session/page-session.ts';
import { text } from '../session/page-texts.ts';
import { nextBlockAt, type BlockFacts } from './next-block.ts';
import { blocksIn, type StepBlock } from './run-sequence.ts';

/**
 * Listens as long as the page is open. Not in a terminal.
 * @param tell shows and announces that nothing is left to run
 */
export function listenForRunKey(tell: (words: string) => void): void {
  rememberReadingPlace();
  document.addEventListener('keydown', (event) => {
    const isRunKey = event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.code === 'KeyR';
    if (!isRunKey || isTyping(event.target)) return;
    event.preventDefault();
    const next = nextBlock();
    if (next === undefined) return tell(text('lab.say.nothingLeft'));
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
  const place = placeInSteps();
  return blocks[nextBlockAt(blocks.map((block) => factsOf(block, place)))];
}

function factsOf(block: StepBlock, place: Element | undefined): BlockFacts {
  const step = block.closest<HTMLElement>('lab-step')?.dataset['step'];
  return {
    isDone: block.isDone,
    isActive: block.isActive,
    isStepDone: step !== undefined && isMarkedDone(pageLesson(), step),
    hasFocus: block.contains(document.activeElement),
    isBelow: place === undefined ? undefined : isAtOrBelow(block, place),
  };
}

/** The text above the first step does not say how far the reader is. */
function placeInSteps(): Element | undefined {
  const place = readingPlace();
  if (place === undefined || place.closest('lab-step') === null) return undefined;
  return place.closest('lab-run, lab-action') ?? place;
}

function isAtOrBelow(block: Element, place: Element): boolean {
  return (
    block === place ||
    block.contains(place) ||
    place.contains(block) ||
    Boolean(place.compareDocumentPosition(block) & Node.DOCUMENT_POSITION_FOLLOWING)
  );
}
