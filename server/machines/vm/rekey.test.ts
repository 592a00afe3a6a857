// A clone's new identity, with a substitute for the machine: what is sent, which answers count, how long the server waits for one.
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AgentError, type AgentClient, type AgentExecResult } from './agent-client.ts';
import { armRekey, RekeyPort } from './rekey.ts';

let folder: string;
let path: string;
let server: Server;
let guest: Socket;
/** What the guest has read. */
let received: string;
let onData: () => void;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rekey-'));
  path = join(folder, 'desktop-rekey.sock');
  received = '';
  onData = () => undefined;
  server = createServer((socket) => {
    guest = socket;
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      onData();
    });
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
});
afterEach(() => {
  server.close();
  guest?.destroy();
  rmSync(folder, { recursive: true });
});

test('the server sends the length in five digits, the time, a seed, and both halves of one SSH key', async () => {
  using port = await RekeyPort.connect(path);
  onData = () => guest.write('done\n');
  const before = Date.now() / 1000;
  await port.rekey();
  expect(Number(received.slice(0, 5))).toBe(received.length - 5);
  const [now, seed, publicLine, ...pem] = received.slice(5).split('\n');
  expect(now).toMatch(/^\d+\.\d{3}$/);
  expect(Number(now)).toBeGreaterThan(before - 0.001);
  expect(Number(now)).toBeLessThan(Date.now() / 1000 + 0.001);
  expect(seed).toMatch(/^[0-9a-f]{512}$/);
  // The guest does not compare the halves: if they did not match, nobody could log in.
  const jwk = createPublicKey(createPrivateKey(pem.join('\n'))).export({ format: 'jwk' });
  const [kind, blob] = (publicLine ?? '').split(' ');
  expect(kind).toBe('ssh-ed25519');
  const fields = Buffer.from(blob ?? '', 'base64');
  expect(fields.subarray(4, 15).toString()).toBe('ssh-ed25519');
  expect(fields.subarray(-32).toString('base64url')).toBe(jwk.x);
});

test('two clones have nothing in common', async () => {
  const words: string[][] = [];
  onData = () => guest.write('done\n');
  for (let clone = 0; clone < 2; clone += 1) {
    received = '';
    using port = await RekeyPort.connect(path);
    await port.rekey();
    words.push(received.slice(5).split('\n').slice(1, 3));
  }
  expect(words[0]?.[0]).not.toBe(words[1]?.[0]);
  expect(words[0]?.[1]).not.toBe(words[1]?.[1]);
});

test('an answer may come in two parts', async () => {
  using port = await RekeyPort.connect(path);
  onData = () => guest.write('do');
  let isOver = false;
  const rekeyed = port.rekey().then(() => (isOver = true));
  await vi.waitFor(() => expect(received).not.toBe(''));
  expect(isOver).toBe(false);
  guest.write('ne\n');
  await rekeyed;
});

test.each([
  ['another text', () => guest.write('no such file\n'), 'found "no such file\\n", expected done'],
  [
    'a flood, of which only the beginning is quoted',
    () => guest.write('x'.repeat(5_000)),
    `found "${'x'.repeat(80)}", expected`,
  ],
  ['a port that is closed', () => guest.destroy(), 'QEMU has closed the port'],
])('%s is a failure that says so', async (_what, answer, message) => {
  using port = await RekeyPort.connect(path);
  onData = answer;
  const failure: unknown = await port.rekey().catch((reason: unknown) => reason);
  expect(failure).toBeInstanceOf(AgentError);
  expect((failure as Error).message).toContain('the machine has not taken its new identity: ');
  expect((failure as Error).message).toContain(message);
});

test('a guest that does not answer is given up, and its port is closed', async () => {
  using port = await RekeyPort.connect(path);
  const failure: unknown = await port.rekey(40).catch((reason: unknown) => reason);
  expect(failure).toBeInstanceOf(AgentError);
  expect((failure as Error).message).toContain('no answer within 0.04 s');
  await vi.waitFor(() => expect(guest.closed).toBe(true));
});

test('closing the port works even if nothing was ever asked', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  {
    using _port = await RekeyPort.connect(path);
    await vi.waitFor(() => expect(guest).toBeDefined());
  }
  await vi.waitFor(() => expect(guest.closed).toBe(true));
  expect(unhandled).not.toHaveBeenCalled();
  process.off('unhandledRejection', unhandled);
});

test.each([
  [{ exitCode: 0, stdout: '', stderr: '' }, undefined],
  [{ exitCode: 1, stdout: '', stderr: 'no such port\n' }, '/usr/lib/lab/rekey ended with 1: no such port'],
  [{ stdout: '', stderr: '' }, '/usr/lib/lab/rekey ended with no status'],
] satisfies [AgentExecResult, string | undefined][])(
  'before a save the guest’s process is made to wait: %j',
  async (result, message) => {
    const exec = vi.fn<AgentClient['exec']>().mockResolvedValue(result);
    const armed = armRekey({ exec } as unknown as AgentClient);
    if (message === undefined) await armed;
    else await expect(armed).rejects.toThrow(message);
    expect(exec).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ path: '/usr/lib/lab/rekey', args: [] }));
  },
);
