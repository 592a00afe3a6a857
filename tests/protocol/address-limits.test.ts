// One client must not use up everything: limits for readers at one address, for the queue, for messages of a socket.
import { expect, test } from 'vitest';
import type { ServerEvent, SessionView } from '../../server/protocol/messages.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { startTestLabServer, until, writeLab } from '../support/test-lab-server.ts';
import { openRawSocket, startSession } from '../support/test-reader.ts';

/** Starts labs like a client without a cookie, who is another reader each time. */
async function start(url: string, lab = 'test-lab'): Promise<{ status: number; message: string; id: string }> {
  const response = await fetch(`${url}/api/sessions`, {
    method: 'POST',
    headers: { origin: url, 'content-type': 'application/json' },
    body: JSON.stringify({ lab }),
  });
  const { message = '', id = '' } = (await response.json()) as { message?: string; id?: string };
  return { status: response.status, message, id };
}

test('readers at one address get half of the seats, however many cookies they throw away', async () => {
  await using server = await startTestLabServer({
    flags: ['--sessions-per-reader', '1', '--sessions-per-address', 'auto'],
  });
  const answers = [];
  for (let reader = 0; reader < 4; reader++) answers.push(await start(server.url));
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 429, 429]);
  expect(answers[3]?.message).toContain('2 labs are running or waiting for your address, expected at most 2');
});

test('an operator may allow one address more, and starts per minute are limited, too', async () => {
  await using server = await startTestLabServer({
    flags: ['--sessions-per-address', '3', '--starts-per-minute-per-address', '4'],
  });
  const statuses = [];
  for (let reader = 0; reader < 6; reader++) statuses.push(await start(server.url));
  expect(statuses.map(({ status }) => status)).toEqual([201, 201, 201, 429, 429, 429]);
  expect(statuses[3]?.message).toContain('expected at most 3');
  expect(statuses[5]?.message).toContain('too many starts from your address, expected at most 4 in a minute');
});

test('requests of one address are limited over all its readers', async () => {
  await using server = await startTestLabServer({ flags: ['--requests-per-minute-per-address', '5'] });
  const statuses = [];
  for (let reader = 0; reader < 7; reader++) statuses.push((await fetch(`${server.url}/api/sessions`)).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
});

test('behind a proxy the last address counts, which the proxy has added; the others may be made up', async () => {
  await using server = await startTestLabServer({ flags: ['--trust-proxy', '--requests-per-minute-per-address', '3'] });
  const ask = async (forwarded: string) =>
    (await fetch(`${server.url}/api/sessions`, { headers: { 'x-forwarded-for': forwarded } })).status;
  const statuses = [];
  for (let time = 0; time < 5; time++) statuses.push(await ask(`203.0.113.${time}, 198.51.100.8`));
  expect(statuses).toEqual([200, 200, 200, 429, 429]);
  expect(await ask('198.51.100.8, 198.51.100.9')).toBe(200);
});

test('without a proxy nobody chooses an address', async () => {
  await using server = await startTestLabServer({ flags: ['--requests-per-minute-per-address', '2'] });
  const statuses = [];
  for (let time = 0; time < 3; time++) {
    const headers = { 'x-forwarded-for': `203.0.113.${time}` };
    statuses.push((await fetch(`${server.url}/api/sessions`, { headers })).status);
  }
  expect(statuses).toEqual([200, 200, 429]);
});

test('a lab that has ended and is reset counts like one that is started', async () => {
  await using server = await startTestLabServer({
    flags: ['--sessions-per-reader', '1', '--sessions-per-address', '2'],
    editLabs: (labsDir) => writeLab(labsDir, 'other-lab'),
  });
  const { reader, session } = await startSession(server.url);
  await reader.call('DELETE', `/api/sessions/${session.id}`);
  const reset = () => reader.call<SessionView>('POST', `/api/sessions/${session.id}/reset`, {});
  const other = await reader.call<SessionView>('POST', '/api/sessions', { lab: 'other-lab' });
  await expect(reset()).rejects.toThrow(/429 LAB_ERR_TOO_MANY: you have 1 labs running/);
  await reader.call('DELETE', `/api/sessions/${other.id}`);
  expect([(await start(server.url)).status, (await start(server.url)).status]).toEqual([201, 201]);
  await expect(reset()).rejects.toThrow(/429 LAB_ERR_TOO_MANY: 2 labs are running or waiting for your address/);
});

test('a reset lab counts for its address', async () => {
  await using server = await startTestLabServer({ flags: ['--sessions-per-address', '1'] });
  const { reader, session } = await startSession(server.url);
  await reader.call('DELETE', `/api/sessions/${session.id}`);
  await reader.call<SessionView>('POST', `/api/sessions/${session.id}/reset`, {});
  expect((await start(server.url)).message).toContain('1 labs are running or waiting for your address');
});

test('the queue has a limit, and the message says so', async () => {
  await using server = await startTestLabServer({
    flags: ['--seats', '1', '--queue-places', '2'],
    editLabs: (labsDir) => writeLab(labsDir, 'other-lab'),
  });
  const first = await start(server.url);
  const waiting = [await start(server.url), await start(server.url)];
  const refused = await start(server.url);
  expect([first, ...waiting, refused].map(({ status }) => status)).toEqual([201, 201, 201, 429]);
  expect(refused.message).toBe('all 1 seats are taken and 2 readers are already waiting; try again in a few minutes');
});

test('a flood of messages is read slowly, in order, and holds up nobody else', async () => {
  await using server = await startTestLabServer();
  const { reader, session } = await startSession(server.url);
  const flood = openRawSocket(server.url, session.id, { cookie: reader.cookie, origin: server.url });
  await until(
    () => flood.events.length,
    (count) => count > 0,
  );
  const messages = 9_000;
  const beganAt = performance.now();
  for (let id = 1; id <= messages; id++) flood.socket.send(JSON.stringify({ type: 'ping', id }));
  const other = new LabReader(server.url);
  await other.call<SessionView[]>('GET', '/api/sessions');
  const pongs = () => flood.events.filter((event): event is ServerEvent & { type: 'pong' } => event.type === 'pong');
  await until(
    () => pongs().length,
    (count) => count === messages,
    30_000,
  );
  // Some 4,000 at once, then 2,000 a second, and at the end what one piece from the network holds: it cannot be faster,
  // however fast the machine is.
  expect(performance.now() - beganAt).toBeGreaterThan(1_000);
  expect(pongs().map(({ id }) => id)).toEqual(Array.from({ length: messages }, (_, at) => at + 1));
  flood.socket.close();
}, 60_000);
