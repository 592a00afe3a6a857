// Runs programs in a guest as the engine's `exec` promises: environment, input, time limit, bounded output. Uses the agent.
import { LabError } from '../../errors.ts';
import type { ExecRequest, ExecResult } from '../engine.ts';
import { AgentError, type AgentClient, type AgentExecResult } from './agent-client.ts';

/** What scripts that are written for a login miss in the agent's own environment. */
const usualEnvironment = {
  HOME: '/root',
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
};
/** Starting bash, env and timeout in a guest takes 0.1 s under emulation, and seconds on a crowded host. */
const startGraceMs = 10_000;
/**
 * Both streams are cut in the guest, because the agent collects everything that a program prints before handing it over. The
 * rest is read and dropped, so that the program ends as it would have.
 */
const bounded = `set -o pipefail
bytes=$1; shift
cut() { head -c "$bytes"; exec cat > /dev/null; }
{ { "$@" 3>&-; } 2>&1 >&3 | cut >&2; } 3>&1 | cut`;

/** @throws {LabError} LAB_ERR_EXEC when the agent does not answer */
export async function execInGuest(agent: AgentClient, request: ExecRequest): Promise<ExecResult> {
  const environment = Object.entries({ ...usualEnvironment, ...request.env }).map(([key, value]) => `${key}=${value}`);
  const seconds = (request.timeoutMs / 1000).toFixed(1);
  // timeout(1) in the guest ends the program's whole group there.
  const limit = ['timeout', '--signal=TERM', '--kill-after=1', seconds];
  const args = [
    '-c',
    bounded,
    'bash',
    String(request.maxOutputBytes),
    'env',
    ...environment,
    ...limit,
    ...request.argv,
  ];
  let result: AgentExecResult;
  try {
    result = await agent.exec({
      path: '/bin/bash',
      args,
      ...(request.stdin === undefined ? {} : { input: request.stdin }),
      timeoutMs: request.timeoutMs + startGraceMs,
    });
  } catch (failure) {
    if (!(failure instanceof AgentError)) throw failure;
    throw new LabError('LAB_ERR_EXEC', `machine ${request.machine} cannot be reached: ${failure.message}`, failure);
  }
  // timeout(1) ends with 124, or 137 when it had to kill.
  const struck = result.exitCode === undefined || result.exitCode === 124 || result.exitCode === 137;
  return {
    ...(struck || result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
    stdout: result.stdout.slice(0, request.maxOutputBytes),
    stderr: result.stderr.slice(0, request.maxOutputBytes),
  };
}
