// The line counts every second; a screen reader is told only what is new, or what is repeated on purpose.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BlockFace } from './block-face.ts';

/** Counts how often its text was set: each time, a live region announces it. */
class Told extends EventTarget {
  times = 0;
  disabled = true;
  #text = '';
  get textContent() {
    return this.#text;
  }
  set textContent(text: string) {
    this.#text = text;
    this.times++;
  }
  readonly attributes: Record<string, string> = {};
  setAttribute(name: string, value: string) {
    this.attributes[name] = value;
  }
  getAttribute() {
    return null;
  }
}

function faceOf(parts: Record<string, Told>) {
  const appended: Told[] = [];
  const element = {
    dataset: {} as Record<string, string>,
    querySelector: (selector: string) => parts[selector] ?? null,
    append: (child: Told) => appended.push(child),
  };
  return { face: new BlockFace(element as unknown as HTMLElement), element, appended };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('document', { createElement: () => new Told() });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('announces the same words again only when asked to', () => {
  const line = new Told();
  const { face, element, appended } = faceOf({ '[data-state]': line });
  face.connect(() => undefined, new AbortController().signal);
  face.show({ state: 'busy', words: 'Busy.' }, 'when-new');
  face.show({ state: 'busy', words: 'Busy.' }, 'when-new');
  expect([appended[0]?.textContent, appended[0]?.times]).toEqual(['Busy.', 1]);
  face.show({ state: 'busy', words: 'Busy.' }, 'always');
  expect([appended[0]?.times, line.textContent, element.dataset['runState']]).toEqual([2, 'Busy.', 'busy']);
  face.show({ state: 'running', words: '7 s' }, 'never');
  expect([appended[0]?.times, line.textContent, element.dataset['runState']]).toEqual([2, '7 s', 'running']);
});

test('what is over at once is not announced as running; what lasts is, once', () => {
  const line = new Told();
  const { face, appended } = faceOf({ '[data-state]': line });
  face.connect(() => undefined, new AbortController().signal);
  face.show({ state: 'running', words: '0 s' }, 'if-it-lasts');
  vi.advanceTimersByTime(1_000);
  face.show({ state: 'done', words: 'Done.' }, 'always');
  vi.advanceTimersByTime(5_000);
  expect([appended[0]?.textContent, appended[0]?.times]).toEqual(['Done.', 1]);
  face.show({ state: 'typed', words: 'Typed.' }, 'if-it-lasts');
  face.show({ state: 'running', words: '0 s' }, 'if-it-lasts');
  face.show({ state: 'running', words: '1 s' }, 'never');
  vi.advanceTimersByTime(5_000);
  expect([appended[0]?.textContent, appended[0]?.times]).toEqual(['1 s', 2]);
});

test('counts only in the line, until it is stopped or the element is removed', () => {
  const line = new Told();
  const { face, appended } = faceOf({ '[data-state]': line });
  const life = new AbortController();
  face.connect(() => undefined, life.signal);
  let seconds = 0;
  face.count(() => `${++seconds} s`);
  vi.advanceTimersByTime(2_000);
  expect([line.textContent, appended[0]?.times]).toEqual(['2 s', 0]);
  face.stopCount();
  vi.advanceTimersByTime(2_000);
  expect(line.textContent).toBe('2 s');
  face.count(() => `${++seconds} s`);
  life.abort();
  vi.advanceTimersByTime(2_000);
  expect(line.textContent).toBe('2 s');
});

test('the button lives as long as the element is on the page; the status is made once', () => {
  const button = new Told();
  const { face, appended } = faceOf({ '[data-run]': button });
  let clicks = 0;
  for (const _ of [1, 2]) {
    const life = new AbortController();
    face.connect(() => clicks++, life.signal);
    expect(button.disabled).toBe(false);
    button.dispatchEvent(new Event('click'));
    life.abort();
    button.dispatchEvent(new Event('click'));
  }
  expect([clicks, appended.length]).toEqual([2, 1]);
});

test('a block without button and line is shown only by its state', () => {
  const { face, element } = faceOf({});
  face.connect(() => undefined, new AbortController().signal);
  face.show({ state: 'idle', words: '' }, 'always');
  expect([face.button, element.dataset['runState']]).toEqual([undefined, 'idle']);
});

test('what line and status both say is there only once for screen readers', () => {
  const line = new Told();
  const { face } = faceOf({ '[data-state]': line });
  face.connect(() => undefined, new AbortController().signal);
  face.show({ state: 'running', words: '0 s' }, 'always');
  expect(line.attributes['aria-hidden']).toBe('true');
  face.count(() => '3 s');
  vi.advanceTimersByTime(1_000);
  expect(line.attributes['aria-hidden']).toBe('false');
  face.stopCount();
});
