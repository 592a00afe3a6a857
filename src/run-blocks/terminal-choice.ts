// Which terminal a run block goes to. Pure.
import type { BlockRun, TerminalView } from '../../server/protocol/messages.ts';

/**
 * Running terminals of the machine in the order in which to try them: the one the reader looks at if nothing of ours
 * runs there, then other idle ones, then the busy ones (they answer that they are busy).
 */
export function terminalsFor(
  machine: string,
  terminals: TerminalView[],
  runs: BlockRun[],
  active: number | undefined,
): number[] {
  const busy = new Set(runs.filter((run) => run.state !== 'done').map((run) => run.terminal));
  const rank = (number: number) => (busy.has(number) ? 2 : number === active ? 0 : 1);
  return terminals
    .filter((terminal) => terminal.machine === machine && terminal.state === 'running')
    .map((terminal) => terminal.number)
    .toSorted((a, b) => rank(a) - rank(b) || a - b);
}
