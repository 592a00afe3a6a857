import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResumeRing } from './resume-ring.ts';

describe('ResumeRing', () => {
  it('gives for every offset exactly the bytes that followed it, as long as they are still there', () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), chunks, (capacity, pushed) => {
        const ring = new ResumeRing(capacity);
        for (const chunk of pushed) ring.push(chunk);
        const all = Buffer.concat(pushed);
        expect(ring.end).toBe(all.length);
        expect(ring.start).toBe(Math.max(0, all.length - capacity));
        for (let offset = 0; offset <= all.length + 1; offset++) {
          const isHere = offset >= ring.start && offset <= ring.end;
          const found = ring.from(offset);
          if (isHere) expect(Buffer.from(found ?? []).equals(all.subarray(offset))).toBe(true);
          else expect(found).toBeUndefined();
        }
      }),
    );
  });
});
