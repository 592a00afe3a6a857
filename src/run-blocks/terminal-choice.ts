// Which terminal a run block goes to. Pure.
import type { BlockRun, TerminalView } from '../../server/protocol/messages.ts';

/**
 * Running terminals of the machine in the order in which to try them: the one that the reader looks at if no block runs
 * there, then other idle ones, then the busy ones (which answer that they are busy). For a virtual machine only the serial
 * console counts: a block may reboot the machine, and a login over the network does not survive that.
 */
export function terminalsFor(
  machine: string,
  terminals: TerminalView[],
  runs: BlockRun[],
  active: number | undefined,
): number[] {
  const busy = new Set(runs.filter((run) => run.state !== 'done').map((run) => run.terminal));
  const rank = (number: number) => (busy.has(number) ? 2 : number === active ? 0 : 1);
  const ofMachine = terminals.filter((terminal) => terminal.machine === machine && terminal.state === 'running');
  const serial = ofMachine.filter((terminal) => terminal.kind === 'serial');
  return (serial.length > 0 ? serial : ofMachine)
    .map((terminal) => terminal.number)
    .toSorted((a, b) => rank(a) - rank(b) || a - b);
}
