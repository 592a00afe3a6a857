// A virtual machine that is off or booting, and one whose saved state cannot be restored: nobody waits in vain.
import { afterEach, expect, test, vi } from 'vitest';
import { LabError } from '../../server/errors.ts';
import { createEchoEngine } from '../../server/machines/echo/echo-engine.ts';
import type { CheckResult, LabView, SessionView } from '../../server/protocol/messages.ts';
import { until, vmLabFile, writeLab } from '../support/test-lab-server.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { startSession } from '../support/test-reader.ts';
import { serverPerTest } from './support/server-per-test.ts';

const serve = serverPerTest({ editLabs: (labsDir) => writeLab(labsDir, 'vm-lab', vmLabFile) });
afterEach(() => vi.restoreAllMocks());

async function serveSession() {
  const engine = createEchoEngine();
  const { url } = await serve({ engine });
  const { reader, session } = await startSession(url, 'vm-lab');
  const path = `/api/sessions/${session.id}`;
  const numbers = async () => (await reader.call<SessionView>('GET', path)).terminals.map(({ number }) => number);
  return { engine, url, reader, session, path, numbers };
}

test('the tab of a login is closed at once while its machine is off', async () => {
  const { engine, reader, path, numbers } = await serveSession();
  const ended = vi.spyOn(engine, 'endTerminal').mockImplementation(() => new Promise(() => undefined));
  await reader.call('POST', `${path}/machines/desktop/power`, { action: 'unplug' });
  await reader.call('DELETE', `${path}/terminals/2`);
  expect(ended).not.toHaveBeenCalled();
  expect(await numbers()).toEqual([1]);
});

test('the tab of a login is closed even if its machine does not answer', async () => {
  const { engine, reader, path, numbers } = await serveSession();
  vi.spyOn(engine, 'endTerminal').mockRejectedValue(new LabError('LAB_ERR_EXEC', 'the agent is silent'));
  await expect(reader.call('DELETE', `${path}/terminals/2`)).rejects.toThrow(/503 LAB_ERR_EXEC/);
  expect(await numbers()).toEqual([1]);
});

test('a check on a machine that is not up is refused with the machine’s phase and what to do, and does not reach the machine', async () => {
  const { engine, reader, session, path } = await serveSession();
  const asked = vi.spyOn(engine, 'exec');
  const check = () => reader.call<CheckResult>('POST', `${path}/checks/passes`, {});
  const { desktop } = engine.vms(session.id);
  const views = vi.spyOn(engine, 'vms').mockReturnValue({ desktop: { ...desktop!, phase: 'unlock' } });
  await expect(check()).rejects.toThrow(/409 LAB_ERR_NOT_READY.*desktop.*"unlock".*unlock it at the console first/);
  views.mockRestore();
  await reader.call('POST', `${path}/machines/desktop/power`, { action: 'unplug' });
  await expect(check()).rejects.toThrow(/409 LAB_ERR_NOT_READY.*desktop is switched off.*switch it on/);
  expect(asked).not.toHaveBeenCalled();
  await reader.call('POST', `${path}/machines/desktop/power`, { action: 'start' });
  expect(await check()).toMatchObject({ outcome: 'passed' });
});

test('a lab whose saved machine is damaged is prepared again, and its reader is told', async () => {
  const engine = createEchoEngine();
  const preparing = vi.spyOn(engine, 'prepare');
  const { url } = await serve({ engine });
  const reader = new LabReader(url);
  const labState = async () => (await reader.call<LabView>('GET', '/api/labs/vm-lab')).state;
  await until(labState, (state) => state === 'ready');
  const prepared = preparing.mock.calls.length;
  const again = Promise.withResolvers<void>();
  preparing.mockImplementationOnce((_lab, tell) => {
    tell({ step: 'desktop:waiting', done: 0, total: 2 });
    tell({ step: 'desktop:template-rebuilt', done: 0, total: 2 });
    return again.promise;
  });
  const damage = new LabError('LAB_ERR_IMAGE', 'the saved machine is damaged; it is being made again');
  vi.spyOn(engine, 'start').mockRejectedValueOnce(damage);
  const start = () => reader.call<SessionView>('POST', '/api/sessions', { lab: 'vm-lab' });
  const first = await start();
  const failed = await until(
    () => reader.call<SessionView>('GET', `/api/sessions/${first.id}`),
    ({ state }) => state === 'failed',
  );
  expect(failed).toMatchObject({ reason: 'start-failed', detail: damage.message });
  const second = await until(start, ({ progress }) => progress !== undefined);
  // The step is reported although another one came a moment before.
  expect(second).toMatchObject({ state: 'preparing', progress: { step: 'desktop:template-rebuilt' } });
  expect(preparing.mock.calls.length).toBe(prepared + 1);
  again.resolve();
  await until(
    () => reader.call<SessionView>('GET', `/api/sessions/${second.id}`),
    ({ state }) => state === 'ready',
  );
});
