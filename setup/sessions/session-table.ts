// Sessions as a table for a person. Only text.
import type { OperatorSession } from '../../server/sessions/operator-sessions.ts';

const heads = ['ID', 'LAB', 'STATE', 'AGE', 'IDLE', 'ENDS IN', 'READER', 'VIEWERS', 'MACHINES'];
/** Stands for what is unknown. */
const unknown = '–';

/** A line for each session below a line of headings; empty without sessions. */
export function sessionTable(sessions: readonly OperatorSession[]): string {
  if (sessions.length === 0) return '';
  const rows = [heads, ...sessions.map(cells)];
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cells({ id, lab, state, reader, machines, ageMs, idleMs, endsInMs, viewers }: OperatorSession): string[] {
  // A sandbox that was prepared for a reader who never came.
  if (lab === '') return [id, unknown, 'prepared', ...Array.from({ length: heads.length - 3 }, () => unknown)];
  return [
    id,
    lab,
    state,
    duration(ageMs),
    duration(idleMs),
    duration(endsInMs),
    reader,
    viewers === undefined ? unknown : String(viewers),
    machines.join(', '),
  ];
}

/** Whole minutes: an operator wants to know which lab was forgotten, not the seconds. */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return unknown;
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
