// Reads a lesson from its built page: run blocks, actions, checks and steps in page order. So what is played is what readers get.
import { parse, type HTMLElement } from 'node-html-parser';
import { parsing, putOf, wordsOf, type PutFile } from './page-words.ts';

export interface RunBlock {
  kind: 'run';
  /** The run block's id, prefixed with the lesson: `build/ship-it#push`. */
  block: string;
  machine: string;
  command: string;
  exitStatus: number;
  timeoutMs: number;
  /** The command is typed as keys, to answer a question. */
  keys?: true;
  /** Plain text at which the block is done, with exit status 0. */
  until?: string;
  /** The block is a file that a button puts into place. */
  put?: PutFile;
}

/** Something that is done to a virtual machine from outside, by a button on the page. */
export interface PageAction {
  kind: 'action';
  /** `encrypt/what-breaks-it#tamper-command-line`. */
  block: string;
  action: 'tamper' | 'power' | 'touch';
  machine: string;
  /** What kind of tampering or power; a touch has none. */
  what?: string;
  /** Plain text at the machine's console at which the action is done; absent: it is done when the server has done it. */
  until?: string;
  timeoutMs: number;
}

export interface PageCheck {
  kind: 'check';
  check: string;
  /** If present, the check must fail here for this cause, because the page provokes it. */
  cause?: string;
}

export interface LessonStep {
  /** Empty for blocks and checks that stand outside any step. */
  id: string;
  items: (RunBlock | PageAction | PageCheck)[];
}

export interface LessonPage {
  /** `build/from-containerfile-to-image`. */
  lesson: string;
  lab: string;
  title: string;
  /** Named state that the lab starts from; absent: its beginning. */
  from?: string;
  /** The page's text outside of the blocks that it runs. */
  words: string;
  steps: LessonStep[];
}

/** For a block without `timeout=`: two minutes, as the page format documents. */
const defaultTimeoutSeconds = 120;
/** For an action without one: a cold boot under software emulation takes a minute, on a crowded host several. */
const defaultActionSeconds = 300;

/**
 * @param html a built page
 * @returns undefined when the page is not a lesson
 * @throws {Error} when an element lacks an attribute, has a bad one, or two blocks share an id
 */
export function readLessonPage(html: string): LessonPage | undefined {
  if (!html.includes('<lab-page')) return undefined;
  const document = parse(html, parsing);
  const page = document.querySelector('lab-page');
  if (page === null) return undefined;
  const lesson = attribute(page, 'data-lesson', 'lab-page');
  const steps: LessonStep[] = [];
  collect(page, undefined, steps, lesson);
  const from = page.getAttribute('data-from');
  const result: LessonPage = {
    lesson,
    lab: attribute(page, 'data-lab', lesson),
    title: titleOf(document),
    ...(from === undefined || from === '' ? {} : { from }),
    words: wordsOf(page),
    steps,
  };
  requireUnique(result);
  return result;
}

function collect(element: HTMLElement, step: LessonStep | undefined, steps: LessonStep[], lesson: string): void {
  for (const child of element.children) {
    const name = child.tagName.toLowerCase();
    if (name === 'lab-step') {
      if (step !== undefined) throw new Error(`${lesson}: found a step inside step “${step.id}”, expected it after`);
      const inner: LessonStep = { id: attribute(child, 'data-step', lesson), items: [] };
      steps.push(inner);
      collect(child, inner, steps, lesson);
    } else if (name === 'lab-run') {
      stepFor(step, steps).items.push(readBlock(child, lesson));
    } else if (name === 'lab-action') {
      stepFor(step, steps).items.push(readAction(child, lesson));
    } else if (name === 'lab-check') {
      stepFor(step, steps).items.push(readCheck(child, lesson));
    } else {
      collect(child, step, steps, lesson);
    }
  }
}

/** Outside any step, neighbours share one nameless step, so that page order is kept. */
function stepFor(step: LessonStep | undefined, steps: LessonStep[]): LessonStep {
  if (step !== undefined) return step;
  const last = steps.at(-1);
  if (last?.id === '') return last;
  const nameless: LessonStep = { id: '', items: [] };
  steps.push(nameless);
  return nameless;
}

function readBlock(element: HTMLElement, lesson: string): RunBlock {
  const block = attribute(element, 'data-block', lesson);
  const seconds = wholeNumber(element, 'data-timeout', block, defaultTimeoutSeconds);
  return {
    kind: 'run',
    block,
    machine: attribute(element, 'data-machine', block),
    command: attribute(element, 'data-command', block),
    exitStatus: wholeNumber(element, 'data-exit', block, 0),
    timeoutMs: seconds * 1000,
    ...(element.hasAttribute('data-keys') ? { keys: true as const } : {}),
    ...untilOf(element),
    ...putOf(element),
  };
}

function readAction(element: HTMLElement, lesson: string): PageAction {
  const block = attribute(element, 'data-block', lesson);
  const action = attribute(element, 'data-action', block);
  if (action !== 'tamper' && action !== 'power' && action !== 'touch')
    throw new Error(`${block}: found data-action="${action}", expected tamper, power or touch`);
  return {
    kind: 'action',
    block,
    action,
    machine: attribute(element, 'data-machine', block),
    ...(action === 'touch' ? {} : { what: attribute(element, 'data-kind', block) }),
    ...untilOf(element),
    timeoutMs: wholeNumber(element, 'data-timeout', block, defaultActionSeconds) * 1000,
  };
}

function untilOf(element: HTMLElement): { until?: string } {
  const until = element.getAttribute('data-until');
  return until === undefined || until === '' ? {} : { until };
}

function readCheck(element: HTMLElement, lesson: string): PageCheck {
  const check = attribute(element, 'data-check', lesson);
  const cause = element.getAttribute('data-cause');
  return cause === undefined || cause === '' ? { kind: 'check', check } : { kind: 'check', check, cause };
}

function attribute(element: HTMLElement, name: string, where: string): string {
  const value = element.getAttribute(name);
  if (value !== undefined && value !== '') return value;
  throw new Error(`${where}: found <${element.tagName.toLowerCase()}> without ${name}, expected a value`);
}

function wholeNumber(element: HTMLElement, name: string, where: string, fallback: number): number {
  const text = element.getAttribute(name);
  if (text === undefined || text === '') return fallback;
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`${where}: found ${name}="${text}", expected a whole number`);
}

function requireUnique(page: LessonPage): void {
  const seen = new Set<string>();
  for (const item of page.steps.flatMap((step) => step.items)) {
    if (item.kind === 'check') continue;
    if (seen.has(item.block))
      throw new Error(`${page.lesson}: found the block id ${item.block} twice, expected it once`);
    seen.add(item.block);
  }
}

function titleOf(document: HTMLElement): string {
  return document.querySelector('h1')?.text.trim() ?? '';
}
