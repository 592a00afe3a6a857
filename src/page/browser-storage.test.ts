// Values survive in the browser where it allows that, and in the page where it does not.
import { afterEach, expect, test, vi } from 'vitest';
import { forgetKept, isKeeping, keep, readKept } from './browser-storage.ts';

afterEach(() => {
  forgetKept('a');
  vi.unstubAllGlobals();
});

function storage(part: Partial<Storage> = {}) {
  const values = new Map<string, string>();
  return {
    values,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
    ...part,
  };
}

function forbidden() {
  vi.spyOn(console, 'debug').mockImplementation(() => undefined);
  const refuse = () => {
    throw new DOMException('The operation is insecure.', 'SecurityError');
  };
  return new Proxy({}, { get: refuse });
}

test('kept in the browser', () => {
  const allowed = storage();
  vi.stubGlobal('localStorage', allowed);
  keep('a', '1');
  expect([readKept('a'), allowed.values.get('a'), isKeeping()]).toEqual(['1', '1', true]);
  forgetKept('a');
  expect([readKept('a'), allowed.values.size]).toEqual([null, 0]);
});

test('kept in the page where site data are blocked, and `isKeeping` says so', () => {
  vi.stubGlobal('localStorage', forbidden());
  expect(readKept('a')).toBeNull();
  keep('a', '1');
  expect([readKept('a'), isKeeping()]).toEqual(['1', false]);
  forgetKept('a');
  expect(readKept('a')).toBeNull();
});

test('a value that no longer fits is not hidden by the previous one', () => {
  vi.spyOn(console, 'debug').mockImplementation(() => undefined);
  const allowed = storage();
  vi.stubGlobal('localStorage', allowed);
  keep('a', 'old');
  allowed.setItem = () => {
    throw new DOMException('full', 'QuotaExceededError');
  };
  keep('a', 'new');
  expect(readKept('a')).toBe('new');
  expect(isKeeping()).toBe(false);
});
