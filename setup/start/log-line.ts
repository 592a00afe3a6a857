// The server logs JSON for machines, one object per line. This makes such a line readable for a person: when, what, to whom, why.
// Whatever it is given, the person's terminal shows it and does not obey it.
import { printable } from '../../server/printable-text.ts';

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
/** A long text of the log, or a line of a stack. */
const mostCharacters = 1_000;
/** A lab file's faults are told one a line. */
const mostLines = 20;
const warning = 40;
const error = 50;

/** @returns lines that are not log objects as they are; undefined for a line that npm start prints itself in other words */
export function logLine(line: string): string | undefined {
  const entry = line.startsWith('{') ? parse(line) : undefined;
  if (entry === undefined) return shown(line);
  const { level = 0, time, failure } = entry;
  const reason = entry.err?.message ?? (typeof failure === 'string' ? failure : failure?.message);
  const words = entry.msg ?? reason;
  if (words === undefined) return shown(line);
  if (words.startsWith('Server listening at')) return undefined;
  const clock = time === undefined ? '' : `${new Date(time).toTimeString().slice(0, 8)}  `;
  const loudness = level >= error ? 'error: ' : level >= warning ? 'warning: ' : '';
  const about = subjects.flatMap((name) => (typeof entry[name] === 'string' ? `${name} ${shown(entry[name])}` : []));
  const subject = about.length === 0 ? '' : ` [${about.join(', ')}]`;
  const why = reason === undefined || reason === words ? '' : `: ${reason}`;
  return `${clock}${loudness}${paragraph(words)}${subject}${shown(why)}`;
}

function shown(text: string): string {
  return printable(text, mostCharacters);
}

/** Further lines are indented: none looks like an entry of its own. */
function paragraph(text: string): string {
  return text.split('\n', mostLines).map(shown).join('\n    ');
}

function parse(line: string): LogEntry | undefined {
  try {
    return JSON.parse(line) as LogEntry;
  } catch {
    // A line that only begins like a log object.
    return undefined;
  }
}
