// Identifies the reader where the browser stores no cookie: by a token from the server that is kept only in this page's memory.
import { tokenHeader, tokenProtocol } from '../../server/protocol/reader-token.ts';

let token: string | undefined;
let tellCookieless: () => void;

/** Resolves when this browser has turned out to store no cookie; otherwise it stays pending. */
export const whenCookieless = new Promise<void>((resolve) => (tellCookieless = resolve));

/** From now on this page's calls and sockets carry the token. The first token stays, because the page's lab belongs to it. */
export function useReaderToken(given: string): void {
  token ??= given;
  tellCookieless();
}

/** Whether the page uses a token. */
export function isCookieless(): boolean {
  return token !== undefined;
}

/** Headers for a call. */
export function readerHeaders(): Record<string, string> {
  return token === undefined ? {} : { [tokenHeader]: token };
}

/** Subprotocols that a socket offers; none where there is a cookie. @param known the one that the server answers with */
export function socketProtocols(known: string): string[] {
  return token === undefined ? [] : [known, tokenProtocol + token];
}
