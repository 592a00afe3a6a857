// Every number on which page and server must agree, each with its reason.

/** Above this many unacknowledged bytes for a viewer the pty is paused. VS Code's figure; xterm.js is sluggish from about 500 kB. */
export const highWaterBytes = 100_000;
/** Below this many the pty is resumed. */
export const lowWaterBytes = 5_000;
/**
 * The page acknowledges each time that it has parsed this many bytes: twenty times before the pty would be paused, and rarely
 * enough not to fill a slow link.
 */
export const acknowledgeEveryBytes = 5_000;
/** Longest binary frame accepted from a page: a large paste; the pty host splits it. */
export const maxInputFrameBytes = 64 * 1024;
/** Longest text message accepted from a page: a run block of 32 KiB, escaped. */
export const maxRequestBytes = 128 * 1024;
/** Longest command of a run block. */
export const maxCommandBytes = 32 * 1024;
/** Longest text that a run block may wait for: two lines of a terminal. */
export const maxUntilLength = 200;
/** Longest time that a run block may wait for its text: an hour, the most that a fence may set. */
export const maxUntilSeconds = 3_600;
/** Raw output kept for a page that comes back. A replay of 512 KiB is parsed in about 0.1 s. */
export const resumeBufferBytes = 512 * 1024;
/** Lines kept above the screen, at most: a wide screen keeps fewer (screen-bounds.ts). */
export const scrollbackLines = 5_000;
/** Smallest and largest screen: below 2 columns xterm misbehaves, 500 × 200 is a wall. */
export const minColumns = 2;
export const maxColumns = 500;
export const minRows = 1;
export const maxRows = 200;
/** The page asks for a sign of life this often; proxies cut idle sockets at 60 s. */
export const pingEveryMs = 15_000;
/** After this long without an answer, the page closes the socket and connects again. */
export const pongWithinMs = 10_000;
