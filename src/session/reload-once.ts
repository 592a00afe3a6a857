// A page of before an update of the server: fetches the new one.

const key = 'euos-labs:reloaded-for-protocol';

/** Reloads the page, once for each protocol: a server that is wrong in itself would make it blink for ever. */
export function reloadOnce(protocol: number): void {
  if (sessionStorage.getItem(key) === String(protocol)) return;
  sessionStorage.setItem(key, String(protocol));
  location.reload();
}
