// The server logs JSON, one object a line, for machines. This is the same line for a person.

/** Lines that are no log objects come back as they are. */
export function logLine(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const entry = JSON.parse(line) as { level?: number; msg?: string; err?: { message?: string } };
    const level = entry.level === undefined || entry.level < 40 ? '' : entry.level < 50 ? 'warning: ' : 'error: ';
    const reason = entry.err?.message === undefined ? '' : ` (${entry.err.message})`;
    return entry.msg === undefined ? line : `${level}${entry.msg}${reason}`;
  } catch {
    // A line that only begins like one.
    return line;
  }
}
