// Keeps the cursor visible where a terminal is larger than its place. The reader's own scrolling takes precedence until keys are typed.
import type { Terminal } from '@xterm/xterm';

/** Cells beside the cursor that are shown with it, so that what is typed next is visible. */
const marginCells = 4;

/** @param place the scrolling box around the terminal */
export function keepCursorInSight(terminal: Terminal, place: HTMLElement, signal: AbortSignal): void {
  let isFollowing = true;
  let followedTo: [number, number] = [0, 0];
  const follow = () => {
    const screen = terminal.element?.querySelector<HTMLElement>('.xterm-screen');
    if (!isFollowing || screen === null || screen === undefined || place.offsetParent === null) return;
    const { cursorX, cursorY } = terminal.buffer.active;
    const { left, top, width, height } = screen.getBoundingClientRect();
    const box = place.getBoundingClientRect();
    const right = left - box.left + place.scrollLeft + ((cursorX + marginCells) * width) / terminal.cols;
    const bottom = top - box.top + place.scrollTop + ((cursorY + 1) * height) / terminal.rows;
    // Scrolls no further than needed, because lines are read from their beginning.
    place.scrollTo(Math.max(0, right - place.clientWidth), Math.max(0, bottom - place.clientHeight));
    followedTo = [place.scrollLeft, place.scrollTop];
  };
  // Measured at most once per frame: a flood of output must not pay for it with each piece.
  let frame = 0;
  const followSoon = () => {
    if (frame !== 0) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      follow();
    });
  };
  signal.addEventListener('abort', () => cancelAnimationFrame(frame));
  terminal.onCursorMove(followSoon);
  terminal.onResize(followSoon);
  terminal.onData(() => {
    isFollowing = true;
    followSoon();
  });
  const scrolled = () => {
    if (place.scrollLeft !== followedTo[0] || place.scrollTop !== followedTo[1]) isFollowing = false;
  };
  place.addEventListener('scroll', scrolled, { signal });
}
