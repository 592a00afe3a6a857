// Whether a machine's TPM is still there. QEMU continues without it and does not report it: the guest only gets errors.
import { chardevs, readAnswer } from './qmp-answers.ts';
import { QmpError, type QmpClient } from './qmp-client.ts';

/** QEMU's name for its connection to the TPM; see qemu-arguments.ts. */
const chardev = 'tpm';

/** Asks QEMU whether the program that is the machine's TPM has ended. False when QEMU has ended, too, or does not say. */
export async function isTpmLost(qmp: Pick<QmpClient, 'execute'>): Promise<boolean> {
  try {
    const devices = readAnswer(chardevs, 'query-chardev', await qmp.execute<unknown>('query-chardev'));
    return devices.some(({ label, filename }) => label === chardev && filename.startsWith('disconnected:'));
  } catch (failure) {
    if (failure instanceof QmpError) return false;
    throw failure;
  }
}
