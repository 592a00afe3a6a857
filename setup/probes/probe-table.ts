// Probe lines as text for a person: one line each, with the command that fixes it below.
import type { ProbeLine } from './probe.ts';

const marks = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const;

export function probeTable(lines: ProbeLine[]): string {
  const width = Math.max(0, ...lines.map((line) => line.name.length));
  return lines
    .flatMap((line) => [
      `${marks[line.state]}  ${line.name.padEnd(width)}  ${line.found}`,
      ...(line.mend === undefined ? [] : [`      ${' '.repeat(width)}  → ${line.mend}`]),
    ])
    .join('\n');
}
