// Reads what a page keeps in the browser as JSON: always an object. The caller decides where it is kept and what is in it.

/**
 * The stored object, or an empty one: nothing stored, an older version, another hand.
 * @param stored as `localStorage` gives it
 * @param complaint what to say in the browser's console when it is no JSON
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
