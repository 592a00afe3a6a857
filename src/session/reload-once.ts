// For a page from before an update of the server: fetches the new page.

const key = 'reloadedForProtocol';

/**
 * Reloads the page, but only once per protocol: with a server that contradicts itself it would reload for ever. The note is
 * in the tab's history entry, which survives a reload and exists even where site data are blocked.
 */
export function reloadOnce(protocol: number): void {
  const state: unknown = history.state;
  const known = typeof state === 'object' && state !== null ? state : {};
  if (Reflect.get(known, key) === protocol) return;
  history.replaceState({ ...known, [key]: protocol }, '');
  location.reload();
}
