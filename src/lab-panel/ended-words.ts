// The words for a terminal whose shell has ended. Pure, except for the page's texts.
import type { TerminalView } from '../../server/protocol/messages.ts';
import { machineHindrance, type MachineSeen } from '../run-blocks/machine-hindrance.ts';
import { text } from '../session/page-texts.ts';

/** The status with which ssh ends when it could not log in or lost the machine. */
const noLogin = 255;

/** When a login failed because its machine is off, booting or locked, the words are about the machine, not about a status. */
export function endedWords(
  { machine, kind, exitCode }: Pick<TerminalView, 'machine' | 'kind' | 'exitCode'>,
  machines: readonly (MachineSeen & { name: string })[],
): string {
  const why = machineHindrance(machines.find(({ name }) => name === machine));
  if (kind === 'shell' && exitCode === noLogin && why !== undefined) return text('lab.terminal.noLogin', { why });
  return text('lab.terminal.ended', { status: exitCode ?? '?' });
}
