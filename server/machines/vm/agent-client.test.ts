// The guest agent's protocol over a real Unix socket: in step after late answers, reboots and lost connections.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { anything } from './agent-answers.ts';
import { AgentClient, AgentError } from './agent-client.ts';

interface Message {
  execute: string;
  arguments?: Record<string, unknown>;
}

let folder: string;
let path: string;
let server: Server;
let client: AgentClient;
let connections: Socket[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agent-'));
  path = join(folder, 'desktop-agent.sock');
  client = new AgentClient(path);
  connections = [];
});
afterEach(() => {
  client.close();
  server.close();
  for (const connection of connections) connection.destroy();
  rmSync(folder, { recursive: true });
});

/** Answers the synchronisation itself. @param answer what is sent for any other request; undefined: nothing */
async function listen(answer: (message: Message, socket: Socket) => unknown): Promise<void> {
  server = createServer((socket) => {
    connections.push(socket);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1').replaceAll('\u00ff', '');
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const message = JSON.parse(line) as Message;
        const isSync = message.execute === 'guest-sync-delimited';
        const reply = isSync ? { return: message.arguments?.['id'] } : answer(message, socket);
        if (isSync) socket.write(Buffer.from([0xff]));
        if (reply !== undefined) socket.write(`${JSON.stringify(reply)}\n`);
      }
    });
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
}

test('a program’s input, output and exit status', async () => {
  let asked = 0;
  let input = '';
  await listen(({ execute, arguments: args }) => {
    if (execute === 'guest-exec') {
      input = Buffer.from(String(args?.['input-data']), 'base64').toString();
      return { return: { pid: 7 } };
    }
    asked += 1;
    if (asked < 3) return { return: { exited: false } };
    return { return: { exited: true, exitcode: 3, 'out-data': Buffer.from('größer\n').toString('base64') } };
  });
  const result = await client.exec({ path: '/bin/cat', args: [], input: 'größer', timeoutMs: 5_000 });
  expect(result).toEqual({ exitCode: 3, stdout: 'größer\n', stderr: '' });
  expect(input).toBe('größer');
});

test('one request at a time, each with its own answer', async () => {
  let open = 0;
  await listen(({ arguments: args }) => {
    open += 1;
    expect(open).toBe(1);
    open -= 1;
    return { return: args?.['number'] };
  });
  const answers = await Promise.all([1, 2, 3].map((number) => client.request('guest-echo', anything, { number })));
  expect(answers).toEqual([1, 2, 3]);
});

test('an answer that comes too late is not taken for the next one', async () => {
  let late: Socket | undefined;
  await listen(({ execute }, socket) => {
    if (execute === 'guest-slow') {
      late = socket;
      return undefined;
    }
    return { return: 'mine' };
  });
  await expect(client.request('guest-slow', anything, {}, 20)).rejects.toThrow('did not answer guest-slow in time');
  late?.write('{"return": "late"}\n');
  expect(await client.request('guest-fast', anything)).toBe('mine');
});

test('late answers that arrive together with the synchronisation are skipped', async () => {
  server = createServer((socket) => {
    connections.push(socket);
    let seen = '';
    socket.on('data', (chunk) => {
      seen += chunk.toString('latin1');
      const id = /"id":(\d+)/.exec(seen)?.[1];
      if (id !== undefined && !seen.includes('guest-ping')) {
        socket.write(
          Buffer.concat([Buffer.from('{"return": 1}\n{"return": 2}\n'), Buffer.from(`{"return": ${id}}\n`)]),
        );
      } else if (seen.includes('guest-ping')) socket.write('{"return": {}}\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  expect(await client.isThere(5_000)).toBe(true);
});

test('a refusal is an error with the agent’s message, and the connection stays open', async () => {
  await listen(({ execute }) =>
    execute === 'guest-bad' ? { error: { class: 'GenericError', desc: 'not supported' } } : { return: {} },
  );
  await expect(client.request('guest-bad', anything)).rejects.toMatchObject({
    message: 'not supported',
    refused: true,
  });
  await client.request('guest-ping', anything);
  expect(connections).toHaveLength(1);
});

test('a lost connection is restored for the next request', async () => {
  await listen(({ execute }, socket) => {
    if (execute === 'guest-lose') socket.destroy();
    return { return: {} };
  });
  await expect(client.request('guest-lose', anything)).rejects.toThrow('closed');
  expect(await client.isThere(5_000)).toBe(true);
  expect(connections).toHaveLength(2);
});

test('without a socket the agent is missing, and the error says so', async () => {
  server = createServer();
  expect(await client.isThere(100)).toBe(false);
  await expect(client.request('guest-ping', anything)).rejects.toThrow('not there');
});

/** Answers `exited` after a certain time, and records when it was asked. */
async function listenToExec(lastsMs: number): Promise<number[]> {
  const askedAt: number[] = [];
  let startedAt = 0;
  await listen(({ execute }) => {
    if (execute === 'guest-exec') {
      startedAt = performance.now();
      return { return: { pid: 7 } };
    }
    const afterMs = performance.now() - startedAt;
    askedAt.push(afterMs);
    return { return: afterMs < lastsMs ? { exited: false } : { exited: true, exitcode: 0 } };
  });
  return askedAt;
}

test('the guest is rarely asked whether a program has ended, because each question costs it time', async () => {
  const askedAt = await listenToExec(1_000);
  await client.exec({ path: '/bin/sleep', args: ['1'], timeoutMs: 8_000 });
  expect(askedAt[0]).toBeGreaterThanOrEqual(25);
  expect(askedAt.length).toBeLessThanOrEqual(9);
  expect(askedAt.at(-1)).toBeGreaterThanOrEqual(1_000);
});

test('for a program that is known to take long, the first question comes when it should have ended', async () => {
  const askedAt = await listenToExec(0);
  await client.exec({ path: '/usr/lib/lab/window', args: [], timeoutMs: 8_000, expectMs: 400 });
  expect(askedAt).toHaveLength(1);
  expect(askedAt[0]).toBeGreaterThanOrEqual(395);
});

test.each([
  ['one line', () => `{"return": "${'x'.repeat(1024 * 1024)}"}\n`, 'a line of more than'],
  ['lines', () => '{"return": 1}\n'.repeat(2_000), /question with more than \d+ lines;/],
  ['bytes', () => `${'\u0020'.repeat(1_000_000)}\n`.repeat(3), /question with more than \d+ bytes;/],
])('too much in answer to one question, %s: the connection is given up', async (_what, flood, message) => {
  // Before the answer to the synchronisation: only there may other answers come first.
  server = createServer((socket) => {
    connections.push(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', () => socket.write(flood()));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  await expect(client.request('guest-ping', anything, undefined, 8_000)).rejects.toThrow(message);
});

test('data that nobody asked for is not kept and ends the connection when there is too much, and the next question gets its answer', async () => {
  await listen(({ execute }) => ({ return: execute }));
  expect(await client.request('guest-first', anything)).toBe('guest-first');
  connections[0]?.write('{"return": "nobody asked"}\n');
  for (let mb = 0; mb < 4; mb += 1) connections[0]?.write(`{"return": "${'x'.repeat(900_000)}"}\n`);
  await vi.waitFor(() => expect(connections[0]?.destroyed).toBe(true), { timeout: 8_000 });
  expect(await client.request('guest-second', anything)).toBe('guest-second');
  expect(connections).toHaveLength(2);
});

test.each([
  // As long as it says: Buffer would make as many zeros.
  ['output that is no text', { return: { exited: true, exitcode: 0, 'out-data': { length: 200_000_000 } } }],
  ['an exit status that is no number', { return: { exited: true, exitcode: '0' } }],
  ['nothing', { return: null }],
  ['an empty refusal', { error: null }],
  ['a refusal that is no text', { error: { desc: { length: 200_000_000 } } }],
])('a hostile guest that answers with %s is not believed, costs nothing, and can be asked again', async (_, reply) => {
  let isHostile = true;
  await listen(({ execute }) => {
    if (execute === 'guest-exec') return { return: { pid: 7 } };
    if (execute === 'guest-exec-status' && isHostile) return reply;
    return { return: { exited: true, exitcode: 0, 'out-data': '' } };
  });
  const before = process.memoryUsage().rss;
  const failure = await client.exec({ path: '/bin/true', args: [], timeoutMs: 5_000 }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(AgentError);
  expect((failure as Error).message).toContain('did not answer as an agent does');
  expect(process.memoryUsage().rss - before, 'bytes').toBeLessThan(100_000_000);
  isHostile = false;
  expect(await client.exec({ path: '/bin/true', args: [], timeoutMs: 5_000 })).toMatchObject({ exitCode: 0 });
});

test('a program that a hostile guest says it started has a number', async () => {
  await listen(() => ({ return: { pid: '7' } }));
  await expect(client.exec({ path: '/bin/true', args: [], timeoutMs: 5_000 })).rejects.toThrow('to guest-exec: pid');
});

test('a refusal is as long as a sentence', async () => {
  await listen(() => ({ error: { desc: 'x'.repeat(100_000) } }));
  const failure = await client.request('guest-set-time', anything).catch((error: unknown) => error);
  expect((failure as Error).message).toHaveLength(500);
});
