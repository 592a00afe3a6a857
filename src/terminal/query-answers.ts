// Tells the terminal's own answers (cursor position, attributes, colours) from keys, by their shape.

// Cursor position, status, device attributes, window reports, modes; OSC colours; DCS reports; focus in and out.
const answer =
  /^(?:\x1b\[[?>=]?[\d;]*(?:[Rnct]|\$y)|\x1b\[[IO]|\x1b\](?:4|1[0-9]);[^\x07\x1b]*(?:\x07|\x1b\\)|\x1bP[^\x1b]*\x1b\\)+$/;

/** Whether data is only what the terminal sends by itself, so that nobody typed it. */
export function isQueryAnswer(data: string): boolean {
  return data.startsWith('\x1b') && data.length <= 256 && answer.test(data);
}
