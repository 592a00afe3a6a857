// The server logs JSON for machines, one object per line. This makes such a line readable for a person: when, what, to whom, why.

interface LogEntry {
  level?: number;
  time?: number;
  msg?: string;
  err?: { message?: string };
  failure?: string | { message?: string };
  [field: string]: unknown;
}

/** What an entry is about, in the order in which it is printed. */
const subjects = ['session', 'sandbox', 'lab', 'machine', 'from'];
const warning = 40;
const error = 50;

/** @returns lines that are not log objects unchanged; undefined for a line that npm start prints itself in other words */
export function logLine(line: string): string | undefined {
  if (!line.startsWith('{')) return line;
  const entry = parse(line);
  if (entry === undefined) return line;
  const { level = 0, time, failure } = entry;
  const reason = entry.err?.message ?? (typeof failure === 'string' ? failure : failure?.message);
  const words = entry.msg ?? reason;
  if (words === undefined) return line;
  if (words.startsWith('Server listening at')) return undefined;
  const clock = time === undefined ? '' : `${new Date(time).toTimeString().slice(0, 8)}  `;
  const loudness = level >= error ? 'error: ' : level >= warning ? 'warning: ' : '';
  const about = subjects.flatMap((name) => (typeof entry[name] === 'string' ? `${name} ${entry[name]}` : []));
  const subject = about.length === 0 ? '' : ` [${about.join(', ')}]`;
  const why = reason === undefined || reason === words ? '' : `: ${reason}`;
  return `${clock}${loudness}${words}${subject}${why}`;
}

function parse(line: string): LogEntry | undefined {
  try {
    return JSON.parse(line) as LogEntry;
  } catch {
    // A line that only begins like a log object.
    return undefined;
  }
}
