import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { highWaterBytes, lowWaterBytes } from '../../protocol/limits.ts';
import { FlowControl, stallLimitMs } from './flow-control.ts';

describe('FlowControl', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function flow() {
    const state = { paused: false, stalled: [] as object[] };
    const control = new FlowControl({
      onPause: () => (state.paused = true),
      onResume: () => (state.paused = false),
      onStalled: (viewer) => state.stalled.push(viewer),
    });
    return { state, control };
  }

  it('pauses above high water and resumes below low water', () => {
    const { state, control } = flow();
    const page = {};
    control.begin(page, 1_000);
    control.sent(page, 1_000 + highWaterBytes);
    expect(state.paused).toBe(false);
    control.sent(page, 1_001 + highWaterBytes);
    expect(state.paused).toBe(true);
    control.acknowledge(page, 1_001 + highWaterBytes - lowWaterBytes);
    expect(state.paused).toBe(true);
    control.acknowledge(page, 1_002 + highWaterBytes - lowWaterBytes);
    expect(state.paused).toBe(false);
  });

  it('waits for the slowest viewer, but not after it has left', () => {
    const { state, control } = flow();
    const [fast, slow] = [{}, {}];
    for (const page of [fast, slow]) {
      control.begin(page, 0);
      control.sent(page, highWaterBytes + 1);
    }
    control.acknowledge(fast, highWaterBytes + 1);
    expect(state.paused).toBe(true);
    control.remove(slow);
    expect(state.paused).toBe(false);
  });

  it('ignores acknowledgements during a replay', () => {
    const { state, control } = flow();
    const page = {};
    control.begin(page, 0);
    control.sent(page, highWaterBytes + 1);
    control.remove(page);
    control.acknowledge(page, highWaterBytes + 1);
    control.begin(page, 500_000);
    control.acknowledge(page, 400_000);
    control.sent(page, 500_001 + highWaterBytes);
    expect(state.paused).toBe(true);
  });

  it('drops a viewer that acknowledges nothing until the limit, not one that is slow', () => {
    const { state, control } = flow();
    const page = {};
    control.begin(page, 0);
    control.sent(page, highWaterBytes + 1);
    vi.advanceTimersByTime(stallLimitMs - 1);
    control.acknowledge(page, 10);
    vi.advanceTimersByTime(stallLimitMs - 1);
    expect(state.stalled).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(state.stalled).toEqual([page]);
    expect(state.paused).toBe(false);
  });

  it('is paused exactly while some viewer that was above high water has not come below low water', () => {
    const step = fc.record({
      page: fc.nat(2),
      act: fc.constantFrom('begin', 'sent', 'acknowledge', 'remove'),
      bytes: fc.nat(2 * highWaterBytes),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { state, control } = flow();
        const pages = [{}, {}, {}];
        const model = new Map<object, { sent: number; shown: number; full: boolean }>();
        let end = 0;
        for (const { page, act, bytes } of steps) {
          const viewer = pages[page] ?? {};
          const known = model.get(viewer);
          if (act === 'begin') {
            control.begin(viewer, end);
            model.set(viewer, { sent: end, shown: end, full: false });
          } else if (act === 'remove') {
            control.remove(viewer);
            model.delete(viewer);
          } else if (act === 'sent') {
            end += bytes;
            control.sent(viewer, end);
            if (known !== undefined) known.sent = end;
          } else {
            const offset = (known?.shown ?? 0) + bytes;
            control.acknowledge(viewer, offset);
            if (known !== undefined) known.shown = Math.max(known.shown, Math.min(offset, known.sent));
          }
          for (const each of model.values()) {
            const behind = each.sent - each.shown;
            each.full = each.full ? behind >= lowWaterBytes : behind > highWaterBytes;
          }
          expect(state.paused).toBe([...model.values()].some((each) => each.full));
        }
      }),
    );
  });
});
