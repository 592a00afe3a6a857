// Why the server closed a socket. 4000 to 4999 are free for applications (RFC 6455, 7.4.2).
export const closeCode = {
  /** The server is stopping; connect again in a moment. */
  goingAway: 1001,
  /** A frame or message broke the protocol; the reason names it. Do not reconnect in a loop. */
  badMessage: 4400,
  /** Not this reader's session. */
  forbidden: 4403,
  /** There is no such session, or no longer. */
  noSession: 4404,
  /** The session has ended. */
  ended: 4410,
  /** The page did not acknowledge for too long; connect again and get a fresh screen. */
  tooSlow: 4408,
  /** Too many sockets for this session. */
  tooMany: 4429,
  /** The pty host went away; connect again in a moment. */
  internal: 4500,
} as const;
