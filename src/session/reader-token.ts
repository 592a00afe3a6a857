// Who the reader is where the browser keeps no cookie: a token from the server, in this page's memory and nowhere else.
import { tokenHeader, tokenProtocol } from '../../server/protocol/reader-token.ts';

let token: string | undefined;
let tellCookieless: () => void;

/** Comes true when it has shown that this browser keeps no cookie; everywhere else it stays open. */
export const whenCookieless = new Promise<void>((resolve) => (tellCookieless = resolve));

/** From now on this page's calls and sockets carry the token. The first stays: the lab of the page belongs to it. */
export function useReaderToken(given: string): void {
  token ??= given;
  tellCookieless();
}

/** Whether the page goes by its token. */
export function isCookieless(): boolean {
  return token !== undefined;
}

/** What a call carries. */
export function readerHeaders(): Record<string, string> {
  return token === undefined ? {} : { [tokenHeader]: token };
}

/** What a socket offers: nothing where there is a cookie. @param known what the server answers with */
export function socketProtocols(known: string): string[] {
  return token === undefined ? [] : [known, tokenProtocol + token];
}
