// How a page whose browser stores no cookie identifies its reader: names on which page and server must agree.

/** Header of a request: the reader's token. Not `Authorization`, which belongs to a proxy in front that asks for a password. */
export const tokenHeader = 'lab-reader-token';

/** Header of an answer: `new` when the request named no reader that this server knows. */
export const readerHeader = 'lab-reader';
export const newReader = 'new';

/** The subprotocol that a page's socket offers in addition to its token, so that the answer can name one that is not secret. */
export const socketProtocol = 'eu-os-labs';
/** Begins the subprotocol that carries the token: a browser lets a page set no other header of an upgrade. */
export const tokenProtocol = 'eu-os-labs.reader.';
