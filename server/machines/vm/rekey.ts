// Makes a clone somebody of its own: clock, random numbers, machine id, host keys. Before its reader sees its prompt.
import { randomBytes } from 'node:crypto';
import { AgentError, type AgentClient } from './agent-client.ts';
import { makeSshKey } from './ssh-key.ts';

/** Usually 0.2 s; thirty at once on two processors took some seconds. */
const rekeyTimeoutMs = 60_000;
/** As much as the kernel's generator takes in one go. */
const seedBytes = 256;

/**
 * The clock is set first: host keys and logs are of now. The guest's kernel has had its own notice (vmgenid); its programs
 * get what they keep from a program of the image.
 * @throws {AgentError} when the guest does not answer, or its program fails
 */
export async function rekey(agent: AgentClient): Promise<void> {
  await agent.untilThere(rekeyTimeoutMs);
  const { privatePem, publicLine } = makeSshKey('');
  const seed = randomBytes(seedBytes).toString('base64');
  const { exitCode, stderr } = await agent.exec({
    path: '/usr/lib/lab/rekey',
    args: [(Date.now() / 1000).toFixed(3)],
    input: `${seed}\n${publicLine}\n${privatePem}`,
    timeoutMs: rekeyTimeoutMs,
  });
  if (exitCode !== 0)
    throw new AgentError(`/usr/lib/lab/rekey ended with ${exitCode ?? 'no status'}: ${stderr.trim()}`);
}
