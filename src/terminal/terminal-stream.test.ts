// Nothing is repeated and nothing is missing: frames in every order that a network and a restart can cause.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TerminalStream } from './terminal-stream.ts';

const output = (offset: number, text: string) =>
  ({ type: 'output', terminal: 1, offset, bytes: new TextEncoder().encode(text) }) as const;
const snapshot = (offset: number) =>
  ({ type: 'snapshot', terminal: 1, offset, columns: 80, rows: 24, screen: new Uint8Array(0) }) as const;

test('shows output that follows', () => {
  const stream = new TerminalStream();
  expect(stream.take(output(0, 'abc'))).toMatchObject({ do: 'write', end: 3 });
  expect(stream.take(output(3, 'd'))).toMatchObject({ do: 'write', end: 4 });
  expect(stream.offset).toBe(4);
});

test('cuts off what was shown before', () => {
  const stream = new TerminalStream();
  stream.take(output(0, 'abc'));
  const step = stream.take(output(1, 'bcde'));
  expect(step.do === 'write' && new TextDecoder().decode(step.bytes)).toBe('de');
  expect(stream.take(output(0, 'ab'))).toEqual({ do: 'nothing' });
});

test('asks once more when bytes are missing', () => {
  const stream = new TerminalStream();
  stream.take(output(0, 'abc'));
  expect(stream.take(output(9, 'x'))).toEqual({ do: 'attach' });
  stream.attaching();
  expect(stream.take(output(10, 'y'))).toEqual({ do: 'nothing' });
  expect(stream.take(output(3, 'defghixy'))).toMatchObject({ do: 'write', end: 11 });
});

test('a snapshot replaces everything before its offset', () => {
  const stream = new TerminalStream();
  expect(stream.take(snapshot(500))).toMatchObject({ do: 'replace', end: 500 });
  expect(stream.take(output(500, 'z'))).toMatchObject({ do: 'write', end: 501 });
});

test('after forgetting, only a whole screen is accepted', () => {
  const stream = new TerminalStream();
  stream.take(snapshot(500));
  stream.forget();
  stream.attaching();
  expect(stream.take(output(500, 'z'))).toEqual({ do: 'nothing' });
  expect(stream.take(snapshot(501))).toMatchObject({ do: 'replace' });
});

test('whatever is repeated, the text that is shown is the text that was sent', () => {
  const cuts = fc.array(fc.nat(60), { maxLength: 30 });
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }), cuts, (text, starts) => {
      const sent = new TextEncoder().encode(text);
      const stream = new TerminalStream();
      let shown: number[] = [];
      for (const start of [...starts.map((at) => Math.min(at, stream.offset ?? 0)), stream.offset ?? 0, 0]) {
        const step = stream.take({
          type: 'output',
          terminal: 1,
          offset: start,
          bytes: sent.subarray(start, start + 25),
        });
        if (step.do === 'write') shown = [...shown, ...step.bytes];
      }
      expect(shown).toEqual([...sent.subarray(0, stream.offset)]);
    }),
  );
});
