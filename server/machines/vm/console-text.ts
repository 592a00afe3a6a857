// Makes plain lines of a serial console's bytes: no escape sequences, no half characters, bounded. Does not interpret them.
import { StringDecoder } from 'node:string_decoder';

/** Stands in the text where a shell has marked its prompt (OSC 133;A). A character that never occurs in console text. */
export const promptMark = '\u{f0000}';
/** Stands where a program has reset the terminal (DECSTR): systemd does so when it starts, in the initramfs and again after it. */
export const resetMark = '\u{f0001}';

/**
 * A longer line counts as several: an unfinished line is read again with each chunk, and anybody at the console decides how
 * long it is. Questions, prompts and the beginnings by which lines are recognised have at most 200 characters.
 */
const longestLine = 300;
/** An escape sequence that has not ended by then is not one: it is dropped. */
const longestSequence = 512;

/** CSI … final; OSC, DCS and their like … BEL or ST; other sequences of two and three characters. */
// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const sequences =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|(?<string>[\]PX^_][^\u0007\u001b]*)(?:\u0007|\u001b\\)|[ -/]+[0-~]|[0-OQ-WYZ`-~])/g;

export interface ConsoleLine {
  text: string;
  /** False for the last line until its newline has come: the line will be returned again, with more text. */
  isEnded: boolean;
}

/** Gathers the bytes of one console. */
export class ConsoleText {
  readonly #decoder = new StringDecoder('utf8');
  #unfinished = '';
  #line = '';

  /** @returns the chunk's text without carriage returns, for `append`; a sequence that may go on in the next chunk is held back */
  read(chunk: Uint8Array): string {
    const text = this.#unfinished + this.#decoder.write(Buffer.from(chunk));
    const start = unfinishedAt(text);
    this.#unfinished = text.slice(start);
    return (
      text
        .slice(0, start)
        .replaceAll(sequences, (...found) => {
          const groups = found.at(-1) as { string?: string };
          if (groups.string?.startsWith(']133;A') === true) return promptMark;
          if (found[0] === '\u001b[!p') return resetMark;
          // The sequence clears the screen or moves the cursor: what follows does not continue the line.
          return /^\u001b\[[0-9;]*[HJ]$/.test(found[0]) ? '\n' : '';
        })
        // oxlint-disable-next-line no-control-regex -- the same
        .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
    );
  }

  /** @returns the lines that the text completes, then the one that it leaves open; no empty ones */
  append(text: string): ConsoleLine[] {
    const lines: ConsoleLine[] = [];
    for (let at = 0; at < text.length;) {
      const newline = text.indexOf('\n', at);
      const end = newline < 0 ? text.length : newline;
      const room = longestLine - this.#line.length;
      const isTooLong = end - at > room;
      const cut = isTooLong ? wholeCharacters(text, at, at + room) : end;
      this.#line += text.slice(at, cut);
      const isEnded = isTooLong || newline >= 0;
      if (this.#line !== '') lines.push({ text: this.#line, isEnded });
      if (isEnded) this.#line = '';
      at = isTooLong ? cut : end + 1;
    }
    return lines;
  }

  /** Forgets the text: what comes next belongs to another boot. */
  forget(): void {
    this.#line = '';
    this.#unfinished = '';
  }
}

/** Where to cut, at `end` or before it: the two units of a mark stay together. */
function wholeCharacters(text: string, start: number, end: number): number {
  const isHigh = end > start && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800;
  return isHigh ? end - 1 : end;
}

/** Where an escape sequence begins that may go on in the next chunk; the text's end when there is none. */
function unfinishedAt(text: string): number {
  let start = text.lastIndexOf('\u001b');
  if (start < 0) return text.length;
  // ESC \ ends a string that began before it, and an ESC at the very end may be the start of one.
  const isEnd = start === text.length - 1 || text[start + 1] === '\\';
  if (isEnd) start = stringBefore(text, start) ?? start;
  if (text.length - start > longestSequence) return text.length;
  sequences.lastIndex = 0;
  return sequences.exec(text.slice(start))?.index === 0 ? text.length : start;
}

/** The start of an OSC or similar string that has not ended before `end`. */
function stringBefore(text: string, end: number): number | undefined {
  const open = text.lastIndexOf('\u001b', end - 1);
  if (open < 0 || end === 0) return undefined;
  // oxlint-disable-next-line no-control-regex -- the same
  return /^\u001b[\]PX^_][^\u0007]*$/.test(text.slice(open, end)) ? open : undefined;
}
