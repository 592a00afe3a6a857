// What a page keeps in the browser. Where the browser forbids that, the page remembers it until the reader leaves, and can say so.

const memory = new Map<string, string>();

/** @returns what was kept under the key; null when there is nothing. Never throws. */
export function readKept(key: string): string | null {
  return memory.get(key) ?? attempt((storage) => storage.getItem(key)) ?? null;
}

/** Keeps a value in the browser, or, where that is forbidden or full, for this page. */
export function keep(key: string, value: string): void {
  const isKept = attempt((storage) => {
    storage.setItem(key, value);
    return true;
  });
  if (isKept === true) memory.delete(key);
  else memory.set(key, value);
}

/** Forgets a value, here and in the browser. */
export function forgetKept(key: string): void {
  memory.delete(key);
  attempt((storage) => storage.removeItem(key));
}

/** Whether values are still there after the page is left. Tries to store one, because there is no other way to know. */
export function isKeeping(): boolean {
  const probe = 'euos-labs:probe';
  return (
    attempt((storage) => {
      storage.setItem(probe, '1');
      storage.removeItem(probe);
      return true;
    }) === true
  );
}

/** Mere access throws where site data are blocked; writing throws where the storage is full. */
function attempt<Result>(act: (storage: Storage) => Result): Result | undefined {
  try {
    return act(localStorage);
  } catch (error) {
    console.debug('the browser stores nothing for this site', error);
    return undefined;
  }
}
