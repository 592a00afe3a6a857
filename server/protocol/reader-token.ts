// How a page whose browser keeps no cookie says who its reader is: names on which page and server must agree.

/** Of a request: the reader's token. Not `Authorization`, which belongs to a proxy in front that asks for a password. */
export const tokenHeader = 'lab-reader-token';

/** Of an answer: `new` when the request named no reader that this server knows. */
export const readerHeader = 'lab-reader';
export const newReader = 'new';

/** What a page's socket offers beside its token, so that the answer can name a subprotocol that is no secret. */
export const socketProtocol = 'eu-os-labs';
/** Begins the subprotocol that carries the token: a browser lets a page set no other header of an upgrade. */
export const tokenProtocol = 'eu-os-labs.reader.';
