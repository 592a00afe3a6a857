// Tells a terminal's own answers (cursor position, attributes, colours) from keys, by their shape.

// Cursor position, status, device attributes, window reports, modes; OSC colours; DCS reports; focus in and out.
const answer =
  // eslint-disable-next-line no-control-regex -- escape sequences are what this is about
  /^(?:\x1b\[[?>=]?[\d;]*(?:[Rnct]|\$y)|\x1b\[[IO]|\x1b\](?:4|1[0-9]);[^\x07\x1b]*(?:\x07|\x1b\\)|\x1bP[^\x1b]*\x1b\\)+$/;

// Longer input is a paste, not an answer.
const longestAnswerBytes = 256;

/** Whether input is nothing but answers. Of several viewers, only the answers of the one that owns the size may reach the program. */
export function isQueryAnswer(bytes: Uint8Array): boolean {
  if (bytes.length === 0 || bytes.length > longestAnswerBytes || bytes[0] !== 0x1b) return false;
  return answer.test(Buffer.from(bytes).toString('latin1'));
}
