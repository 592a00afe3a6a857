import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OutputBatcher } from './output-batcher.ts';

describe('OutputBatcher', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function batcher() {
    const flushed: string[] = [];
    return { flushed, batcher: new OutputBatcher((bytes) => flushed.push(Buffer.from(bytes).toString())) };
  }

  it('gathers output for a few milliseconds', () => {
    const { flushed, batcher: output } = batcher();
    output.push(Buffer.from('a'));
    output.push(Buffer.from('b'));
    expect(flushed).toEqual([]);
    vi.advanceTimersByTime(5);
    expect(flushed).toEqual(['ab']);
  });

  it('passes on the echo of a key at once, and only that', () => {
    const { flushed, batcher: output } = batcher();
    output.expectEcho();
    output.push(Buffer.from('x'));
    expect(flushed).toEqual(['x']);
    output.push(Buffer.from('y'));
    expect(flushed).toEqual(['x']);
  });

  it('does not grow beyond its bound', () => {
    const { flushed, batcher: output } = batcher();
    output.push(Buffer.alloc(64 * 1024, 'z'));
    expect(flushed).toHaveLength(1);
    vi.advanceTimersByTime(100);
    expect(flushed).toHaveLength(1);
  });
});
