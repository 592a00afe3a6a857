// A page from before an update of the server: fetches the new page.

const key = 'reloadedForProtocol';

/**
 * Reloads the page, once for each protocol: a server that is wrong in itself would make it blink for ever. The note
 * stands in the tab's history entry, which outlives a reload and is there when site data are forbidden.
 */
export function reloadOnce(protocol: number): void {
  const state: unknown = history.state;
  const known = typeof state === 'object' && state !== null ? state : {};
  if (Reflect.get(known, key) === protocol) return;
  history.replaceState({ ...known, [key]: protocol }, '');
  location.reload();
}
