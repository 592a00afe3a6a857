// The line between text and panel: dragged, or moved with the arrow keys.
import { text } from '../session/page-texts.ts';
import { make } from './make-element.ts';
import { clampPercent, narrowestPercent, stepPercent, widestPercent } from './panel-place.ts';

export interface ResizeHandle {
  element: HTMLElement;
  show(percent: number): void;
}

/** @param onMove the new share of the window's width; `isDone` when the reader releases the handle. */
export function makeResizeHandle(
  onMove: (percent: number, isDone: boolean) => void,
  signal: AbortSignal,
): ResizeHandle {
  const element = make('div', {
    class: 'lab-resize',
    attributes: {
      role: 'separator',
      tabindex: '0',
      'aria-orientation': 'vertical',
      'aria-label': text('lab.resize.label'),
      'aria-valuemin': String(narrowestPercent),
      'aria-valuemax': String(widestPercent),
    },
  });
  let percent = 0;
  const keys: Record<string, () => number> = {
    ArrowLeft: () => percent + stepPercent,
    ArrowRight: () => percent - stepPercent,
    Home: () => widestPercent,
    End: () => narrowestPercent,
  };
  element.addEventListener(
    'keydown',
    (event) => {
      const target = keys[event.key]?.();
      if (target === undefined) return;
      event.preventDefault();
      onMove(clampPercent(target), true);
    },
    { signal },
  );
  dragBy(element, onMove, signal);
  return {
    element,
    show: (now) => {
      percent = now;
      element.setAttribute('aria-valuenow', String(Math.round(now)));
    },
  };
}

function dragBy(element: HTMLElement, onMove: (percent: number, isDone: boolean) => void, signal: AbortSignal): void {
  const percentAt = (event: PointerEvent) => clampPercent(((innerWidth - event.clientX) / innerWidth) * 100);
  element.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      element.setPointerCapture(event.pointerId);
      const drag = new AbortController();
      const during = { signal: AbortSignal.any([signal, drag.signal]) };
      element.addEventListener('pointermove', (move) => onMove(percentAt(move), false), during);
      const end = (up: PointerEvent) => {
        drag.abort();
        onMove(percentAt(up), true);
      };
      element.addEventListener('pointerup', end, during);
      element.addEventListener('pointercancel', end, during);
    },
    { signal },
  );
}
