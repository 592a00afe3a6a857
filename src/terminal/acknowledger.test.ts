// One acknowledgement for every 5,000 bytes, never twice for the same bytes.
import { expect, test } from 'vitest';
import { Acknowledger } from './acknowledger.ts';

test('acknowledges after enough bytes, with the absolute offset', () => {
  const sent: number[] = [];
  const acknowledger = new Acknowledger((offset) => sent.push(offset));
  acknowledger.begin(1_000);
  acknowledger.parsed(5_999);
  acknowledger.parsed(6_000);
  acknowledger.parsed(10_999);
  acknowledger.parsed(20_000);
  expect(sent).toEqual([6_000, 20_000]);
});
