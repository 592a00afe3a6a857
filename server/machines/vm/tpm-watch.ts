// Whether a machine's TPM is still there. QEMU goes on without it and does not report the loss: the guest only gets errors.
import { chardevs, readAnswer } from './qmp-answers.ts';
import { QmpError, type QmpClient } from './qmp-client.ts';

/** QEMU's name for its connection to the TPM; see qemu-arguments.ts. */
const chardev = 'tpm';

/** Asks QEMU whether the program that acts as the machine's TPM has ended. False when QEMU has ended as well or does not say. */
export async function isTpmLost(qmp: Pick<QmpClient, 'execute'>): Promise<boolean> {
  try {
    const devices = readAnswer(chardevs, 'query-chardev', await qmp.execute<unknown>('query-chardev'));
    return devices.some(({ label, filename }) => label === chardev && filename.startsWith('disconnected:'));
  } catch (failure) {
    if (failure instanceof QmpError) return false;
    throw failure;
  }
}
