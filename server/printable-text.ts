// Text from elsewhere (a sandbox, a guest, podman) for a log line, a message or a terminal: one line, of limited length.

/** What a terminal obeys instead of showing it, or shows in another order; and what begins another line. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** Of what a machine says about a fault: two lines. More of it helps nobody, and a reader decides what it says. */
export const quotedCharacters = 200;

/** @param most length; a longer text is cut and ends with `…` */
export function printable(text: string, most: number): string {
  const shown = text.slice(0, most).replace(unprintable, ' ');
  return text.length > most ? `${shown}…` : shown;
}

/** Why a program failed: the end of what it printed, to be quoted in a message. */
export function lastWords(output: string): string {
  const text = output.trim();
  return text.length > quotedCharacters
    ? `…${printable(text.slice(-quotedCharacters), quotedCharacters)}`
    : printable(text, quotedCharacters);
}
