// How many sessions fit into the host's memory, by what they really use. Counts; starts nothing.
import type { Lab } from '../../labs/read-lab.ts';
import { isVm } from './lab-machines.ts';

/** More seats than this on one host have never been tested. */
const mostSeats = 500;
/** Memory of a virtual machine that nobody has used yet: 95 MiB were measured for 30 clones, with QEMU, swtpm and container. */
const idleVmMiB = 128;
/** The part of its memory that a machine in use does not share: a clone shares the template's memory until it writes to it. */
const writtenPart = 1 / 4;
/** Test labs declare less memory than their shell needs. */
const leastMiB = 64;

export interface Room {
  /** How many sessions may run at once. */
  seats: number;
  /** Whether there is memory for one more sandbox of the lab, in addition to those that are starting. */
  hasMemory: (lab: Lab) => boolean;
}

/**
 * @param seats as the operator has set it: then memory is not checked. Absent: as many as fit into what is free now, and each
 * start checks again, because a virtual machine's share is an estimate.
 */
export function roomFor(options: {
  labs: readonly Lab[];
  seats: number | undefined;
  /** Free memory without the reserve. */
  freeMiB: () => number;
  /** Sessions that have not taken their memory yet. */
  starting: () => readonly { lab: Lab }[];
}): Room {
  const { labs, freeMiB } = options;
  if (options.seats !== undefined) return { seats: options.seats, hasMemory: () => true };
  const biggest = Math.max(leastMiB, ...labs.map(sessionMiB));
  const seats = Math.min(mostSeats, Math.max(1, Math.floor(freeMiB() / biggest)));
  const hasMemory = (lab: Lab) => {
    const promised = options.starting().reduce((sum, starting) => sum + sessionMiB(starting.lab), 0);
    return freeMiB() - promised >= sessionMiB(lab);
  };
  return { seats, hasMemory };
}

/** A container may use its whole limit, and image builds do; none of it is shared. */
function sessionMiB(lab: Lab): number {
  const share = (name: string, memory: number) => (isVm(lab, name) ? idleVmMiB + memory * writtenPart : memory);
  return lab.file.machines.reduce((sum, { name, memory }) => sum + share(name, memory), 0);
}
