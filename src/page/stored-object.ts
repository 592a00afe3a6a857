// Reads what a page stores in the browser as JSON: always an object. The caller decides where it is stored and what is in it.

/**
 * The stored object, or an empty one: there may be nothing, something of an older version, or something written by others.
 * @param stored as `localStorage` returns it
 * @param complaint what to print in the browser's console when it is not JSON
 */
export function parseStoredObject(stored: string | null, complaint: string): Record<string, unknown> {
  if (stored === null) return {};
  try {
    const value: unknown = JSON.parse(stored);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch (error) {
    console.warn(complaint, error);
    return {};
  }
}
