// Finds the code fences of a Markdown page with their lines, so that an error can name one. Not a Markdown parser.

export interface PageFence {
  /** Line of the opening fence in the file, counted from 1. */
  line: number;
  language: string;
  meta: string;
  /** The text between the fences without the opening fence's indentation and without the last line break. */
  code: string;
}

const openingFence = /^([ \t]*)(`{3,}|~{3,})[ \t]*([^\s`]*)[ \t]*(.*)$/;

/** All fences of a page in their order. An unclosed fence runs to the end, as in Markdown. */
export function readPageFences(source: string): PageFence[] {
  const lines = source.split(/\r?\n/);
  const fences: PageFence[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const opening = openingFence.exec(lines[index] ?? '');
    if (!opening) continue;
    const [, indentation = '', mark = '', language = '', meta = ''] = opening;
    const body: string[] = [];
    const line = index + 1;
    for (index += 1; index < lines.length && !closes(lines[index] ?? '', mark); index += 1) {
      body.push(withoutIndentation(lines[index] ?? '', indentation.length));
    }
    fences.push({ line, language, meta: meta.trim(), code: body.join('\n') });
  }
  return fences;
}

function closes(line: string, mark: string): boolean {
  const text = line.trim();
  return text.length >= mark.length && text === mark.charAt(0).repeat(text.length);
}

function withoutIndentation(line: string, width: number): string {
  const blank = /^[ \t]*/.exec(line)?.[0].length ?? 0;
  return line.slice(Math.min(blank, width));
}
