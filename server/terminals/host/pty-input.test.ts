import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PtyInput } from './pty-input.ts';

describe('PtyInput', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('types everything once and in order, however little the kernel takes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 5_000 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(1_500), { minLength: 1, maxLength: 6 }),
        (pushes, takes) => {
          // With a kernel that never takes anything again, this would never end.
          const appetite = [...takes, 100];
          const typed: Uint8Array[] = [];
          let turn = 0;
          const write = (bytes: Uint8Array) => {
            const taken = Math.min(bytes.length, appetite[turn++ % appetite.length] ?? 0);
            typed.push(bytes.slice(0, taken));
            return taken;
          };
          const input = new PtyInput({ write });
          for (const bytes of pushes) input.push(bytes);
          vi.runAllTimers();
          expect(Buffer.concat(typed).equals(Buffer.concat(pushes))).toBe(true);
        },
      ),
    );
  });

  it('types a key at once', () => {
    const typed: Uint8Array[] = [];
    new PtyInput({ write: (bytes) => typed.push(bytes) && bytes.length }).push(Buffer.from('k'));
    expect(typed).toHaveLength(1);
  });

  it('refuses more than its limit and forgets what is cleared', () => {
    let isReading = false;
    const typed: string[] = [];
    const input = new PtyInput({
      write: (bytes) => (isReading ? typed.push(Buffer.from(bytes).toString()) && bytes.length : 0),
    });
    expect(input.push(Buffer.alloc(256 * 1024))).toBe(true);
    expect(input.push(Buffer.from('x'))).toBe(false);
    input.clear();
    isReading = true;
    expect(input.push(Buffer.from('y'))).toBe(true);
    vi.runAllTimers();
    expect(typed).toEqual(['y']);
  });
});
