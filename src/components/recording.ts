// Reads a recorded terminal excerpt: title, note, an empty line, then the lines that were printed.

export interface Recording {
  title: string;
  note: string;
  lines: { prompt: string; text: string }[];
}

/** What bash prints before a command: `root@workstation:~/os# `. */
const promptPattern = /^(\w+@[\w-]+:[^\s#$]*[#$] )(.*)$/;

/** @throws {Error} naming the file when it lacks title, note or text. */
export function readRecording(source: string, file: string): Recording {
  const [title, note, blank, ...rest] = source.trimEnd().split('\n');
  if (!title || !note || blank !== '' || rest.length === 0) {
    throw new Error(
      `${file}: expected a title, a note, an empty line and the text of a terminal, each on lines of its own`,
    );
  }
  const lines = rest.map((line) => {
    const [, prompt = '', text = line] = promptPattern.exec(line) ?? [];
    return { prompt, text };
  });
  return { title, note, lines };
}
