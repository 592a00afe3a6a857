import { expect, test } from 'vitest';
import { MessagePace, messagesPerSecond } from './message-pace.ts';

/** How many messages get through in some seconds if the sender pauses only when it is held up. */
function sent(seconds: number, bytes: number): number {
  const pace = new MessagePace(0);
  let count = 0;
  for (let now = 0; now < seconds * 1_000; count += 1) now += pace.take(bytes, now) + 0.01;
  return count;
}

test('a sender that never pauses is slowed down, but never stopped', () => {
  expect(sent(10, 20)).toBeLessThan(13 * messagesPerSecond);
  expect(sent(10, 20)).toBeGreaterThan(10 * messagesPerSecond);
  expect(sent(10, 64 * 1024)).toBeLessThan(13 * (messagesPerSecond / 32));
  expect(sent(10, 64 * 1024)).toBeGreaterThan(messagesPerSecond / 32);
});

test('the messages of a page are not held up', () => {
  const pace = new MessagePace(0);
  for (let ms = 0; ms < 60_000; ms += 1) expect(pace.take(100, ms)).toBe(0);
});
