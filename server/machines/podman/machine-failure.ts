// What a reader is told when a virtual machine did not do what was asked: which machine, what was found, what to do about it.
import { LabError } from '../../errors.ts';
import { printable, quotedCharacters } from '../../printable-text.ts';
import { AgentError } from '../vm/agent-client.ts';
import { QmpError } from '../vm/qmp-client.ts';
import { PodmanError } from './podman-command.ts';

/**
 * Runs `work`, which does something with a machine.
 * @throws {LabError} as `work`; LAB_ERR_EXEC for failures of its QEMU, its agent, podman or the host's files. The server's
 * own mistakes are passed on unchanged.
 */
export async function withMachine<Result>(machine: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (failure) {
    throw machineFailure(machine, failure);
  }
}

function machineFailure(machine: string, failure: unknown): unknown {
  if (!(failure instanceof Error) || failure instanceof LabError) return failure;
  const told = findingOf(failure);
  if (told === undefined) return failure;
  const { found, fix } = told;
  return new LabError(
    'LAB_ERR_EXEC',
    `machine ${machine}: ${found} (${printable(failure.message, quotedCharacters)}); ${fix}`,
    failure,
  );
}

function findingOf(failure: Error): { found: string; fix: string } | undefined {
  if (failure instanceof AgentError) {
    return { found: 'its system does not answer', fix: 'wait until it has booted, or switch it off and on' };
  }
  if (failure instanceof QmpError) {
    return {
      found: 'QEMU did not do what was asked',
      fix: 'switch the machine off and on; if that does not help, reset the lab',
    };
  }
  if (failure instanceof PodmanError) {
    return { found: 'its container does not answer', fix: 'try it again; if that does not help, reset the lab' };
  }
  const { code } = failure as NodeJS.ErrnoException;
  // The failure of a socket or a file in the session's folder.
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return { found: 'QEMU is not running', fix: 'switch the machine on; if that does not help, reset the lab' };
  }
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return undefined;
  return { found: 'it cannot be reached', fix: 'try it again; if that does not help, reset the lab' };
}
