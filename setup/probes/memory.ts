// How much memory is free now, expressed in seats.
import { readFile } from 'node:fs/promises';
import type { ProbeContext, ProbeLine } from './probe.ts';

const name = 'memory';
/** What the largest lab may use at present: the workstation of “Build the image”. */
const seatMiB = 1_500;

export async function probeMemory({ config }: ProbeContext): Promise<ProbeLine> {
  const kib = /^MemAvailable:\s+(\d+)/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1];
  return memoryLine(Math.floor(Number(kib ?? 0) / 1024), config.reserveMiB);
}

/** Pure: free memory in MiB → the line. */
export function memoryLine(freeMiB: number, reserveMiB: number): ProbeLine {
  const seats = Math.max(0, Math.floor((freeMiB - reserveMiB) / seatMiB));
  const found = `${(freeMiB / 1024).toFixed(1)} GiB free: ${seats} ${seats === 1 ? 'seat' : 'seats'} for sessions at once`;
  if (seats > 0) return { name, state: 'ok', found };
  return {
    name,
    state: 'warn',
    found: `${found}; a session may use ${seatMiB} MiB, and ${reserveMiB} MiB are left to the host`,
    mend: 'npm start -- --reserve-mib 256 --seats 1',
  };
}
