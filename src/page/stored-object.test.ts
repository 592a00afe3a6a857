// Whatever is stored, the result is an object; the console reports anything that is not JSON.
import { afterEach, expect, test, vi } from 'vitest';
import { parseStoredObject } from './stored-object.ts';

afterEach(() => void vi.restoreAllMocks());

test('reads an object', () => expect(parseStoredObject('{"size":"full"}', 'x')).toEqual({ size: 'full' }));

test.each([null, 'null', '3', '"x"', '[]'])('empty, without a message, for %j', (stored) => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  expect(parseStoredObject(stored, 'not readable')).toEqual({});
  expect(warn).not.toHaveBeenCalled();
});

test('empty for what is not JSON, with a message', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  expect(parseStoredObject('{', 'not readable')).toEqual({});
  expect(warn).toHaveBeenCalledWith('not readable', expect.any(SyntaxError));
});
