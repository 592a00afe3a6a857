// The template of a lab with virtual machines: booted once, made small, saved; sessions are clones of it.
import { setTimeout as delay } from 'node:timers/promises';
import { LabError } from '../../errors.ts';
import { execInGuest } from '../vm/guest-program.ts';
import { shrinkScript, warmScript } from '../vm/shrink-memory.ts';
import type { VirtualMachine } from '../vm/virtual-machine.ts';

/** Under emulation a boot takes half a minute on a quiet host of two cores, and many times as long beside other work. */
const bootTimeoutMs = 15 * 60_000;
/** Time for services that start late to finish before the state is saved; whatever still runs after that runs in every clone. */
const settleTimeoutMs = 3 * 60_000;
const shrinkTimeoutMs = 5 * 60_000;
const outputBytes = 4_096;
/** Time after the last program has ended: the kernel writes back, and the shell returns to its prompt. */
const quietMs = 1_000;
/** The size of terminals that no page has sized yet. */
const [firstColumns, firstRows] = [80, 24];

/**
 * Boots a machine to the prompt of its console, and leaves it idle and with little memory in use.
 * @param passphrase what the boot from its disk asks for; absent: it asks for nothing
 * @throws {LabError} LAB_ERR_IMAGE with the phase in which the boot stopped
 */
export async function bootForTemplate(
  vm: VirtualMachine,
  passphrase: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  try {
    await vm.untilPhase(passphrase === undefined ? ['ready'] : ['unlock', 'ready'], bootTimeoutMs, signal);
    if (vm.phase === 'unlock') {
      vm.type(`${passphrase}\r`);
      await vm.untilPhase(['ready'], bootTimeoutMs, signal);
    }
    await vm.agent.untilThere(bootTimeoutMs, signal);
    const settle = `timeout ${settleTimeoutMs / 1000} systemctl is-system-running --wait; true`;
    for (const script of [settle, shrinkScript, warmScript]) {
      const result = await execInGuest(vm.agent, {
        machine: vm.spec.name,
        argv: ['bash', '-c', script],
        timeoutMs: shrinkTimeoutMs,
        maxOutputBytes: outputBytes,
      });
      if (result.exitCode !== 0) {
        throw new LabError('LAB_ERR_EXEC', `a script ended with ${result.exitCode ?? 'no status'}: ${result.stderr}`);
      }
    }
    // The size of a terminal before its first page: a clone's terminal need not report it.
    await vm.resizeConsole(firstColumns, firstRows);
    await delay(quietMs, undefined, { signal });
  } catch (failure) {
    signal.throwIfAborted();
    const message = failure instanceof Error ? failure.message : String(failure);
    throw new LabError('LAB_ERR_IMAGE', `machine ${vm.spec.name} could not be booted for its lab: ${message}`, failure);
  }
}
