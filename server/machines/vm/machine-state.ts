// Saves a machine's devices to a file and restores them, by QEMU's migration. Its disks and memory are separate files.
import { LabError } from '../../errors.ts';
import { migration, migrationEvent, readAnswer } from './qmp-answers.ts';
import { QmpError, type QmpClient } from './qmp-client.ts';

/** Restoring takes 0.1 s, or some seconds on a crowded host that no longer has the file in its cache. */
const restoreTimeoutMs = 60_000;
/** Saving writes only the devices' state, a few megabytes. */
const saveTimeoutMs = 60_000;

/** Memory is in a file that both sides know; events report when the migration is done. */
const capabilities = [
  { capability: 'x-ignore-shared', state: true },
  { capability: 'events', state: true },
];

/**
 * Restores the devices in a QEMU that waits for a state; the machine is paused afterwards.
 * @param file in the machine's container
 * @throws {QmpError}; {LabError} LAB_ERR_EXEC when this QEMU cannot use the state
 */
export async function restoreDevices(qmp: QmpClient, machine: string, file: string): Promise<void> {
  await qmp.execute('migrate-set-capabilities', { capabilities });
  await migrate(qmp, machine, { command: 'migrate-incoming', file, timeoutMs: restoreTimeoutMs });
}

/** Pauses the machine and writes its devices' state. @throws as `restoreDevices` */
export async function saveDevices(qmp: QmpClient, machine: string, file: string): Promise<void> {
  await qmp.execute('stop');
  await qmp.execute('migrate-set-capabilities', { capabilities });
  await migrate(qmp, machine, { command: 'migrate', file, timeoutMs: saveTimeoutMs });
}

interface Migration {
  command: 'migrate' | 'migrate-incoming';
  file: string;
  timeoutMs: number;
}

async function migrate(qmp: QmpClient, machine: string, { command, file, timeoutMs }: Migration): Promise<void> {
  const ended = qmp.nextEvent(({ event, data }) => event === 'MIGRATION' && endOf(data) !== undefined, timeoutMs);
  ended.catch(() => undefined);
  await qmp.execute(command, { uri: `file:${file}` });
  if (endOf((await ended).data) === 'completed') return;
  throw new LabError(
    'LAB_ERR_EXEC',
    `the state of machine ${machine} is damaged or was made by another QEMU: ${await reasonOf(qmp)}`,
  );
}

function endOf(data: unknown): 'completed' | 'failed' | undefined {
  const parsed = migrationEvent.safeParse(data);
  const status = parsed.success ? parsed.data.status : undefined;
  return status === 'completed' || status === 'failed' ? status : undefined;
}

async function reasonOf(qmp: QmpClient): Promise<string> {
  try {
    const answer = readAnswer(migration, 'query-migrate', await qmp.execute<unknown>('query-migrate'));
    return answer['error-desc'] ?? 'QEMU gave no reason';
  } catch (failure) {
    if (failure instanceof QmpError) return failure.message;
    throw failure;
  }
}
