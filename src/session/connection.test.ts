// The life of a connection, with a socket that the test drives and vitest's fake time.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ServerEvent } from '../../server/protocol/messages.ts';
import { protocolVersion } from '../../server/protocol/messages.ts';
import { Connection, type ConnectionState } from './connection.ts';
import { DrivenSocket } from './driven-socket.ts';

function open() {
  const sockets: DrivenSocket[] = [];
  const states: ConnectionState[] = [];
  const events: ServerEvent[] = [];
  const mismatches: number[] = [];
  const connection = new Connection(
    'ws://lab.test/',
    {
      onState: (state) => states.push(state),
      onEvent: (event) => events.push(event),
      onBinary: () => undefined,
      onMismatch: (protocol) => mismatches.push(protocol),
    },
    {
      createSocket: () => {
        const socket = new DrivenSocket();
        sockets.push(socket);
        return socket as unknown as WebSocket;
      },
      now: () => performance.now(),
      random: () => 1,
    },
  );
  const names = () => states.map((state) => state.name);
  return { connection, sockets, states, events, mismatches, names };
}

const hello = (protocol: number = protocolVersion) =>
  ({ type: 'hello', protocol, session: {}, blocks: [] }) as unknown as ServerEvent;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('is open after hello, not before', () => {
  const { connection, sockets, names } = open();
  expect(connection.send({ type: 'ping', id: 1 })).toBe(false);
  sockets[0]?.receive(hello());
  expect(names()).toEqual(['connecting', 'open']);
  expect(connection.send({ type: 'interrupt', terminal: 1 })).toBe(true);
  connection.close();
});

test('waits longer after each loss and sends nothing meanwhile', () => {
  const { connection, sockets, states } = open();
  sockets[0]?.receive(hello());
  sockets[0]?.lose();
  expect(states.at(-1)).toEqual({ name: 'waiting', retryAt: performance.now() + 400 });
  expect(connection.send({ type: 'interrupt', terminal: 1 })).toBe(false);
  vi.advanceTimersByTime(400);
  sockets[1]?.lose();
  expect(states.at(-1)).toEqual({ name: 'waiting', retryAt: performance.now() + 720 });
  vi.advanceTimersByTime(720);
  sockets[2]?.receive(hello());
  sockets[2]?.lose();
  expect(states.at(-1)).toEqual({ name: 'waiting', retryAt: performance.now() + 400 });
  expect(sockets[2]?.sent).toEqual([]);
  connection.close();
});

test('tries at once when told that the network is back', () => {
  const { connection, sockets } = open();
  sockets[0]?.lose();
  connection.retryNow();
  expect(sockets).toHaveLength(2);
  connection.close();
});

test('gives up a socket that does not answer', () => {
  const { connection, sockets, names } = open();
  sockets[0]?.receive(hello());
  vi.advanceTimersByTime(15_000);
  expect(sockets[0]?.sent).toEqual(['{"type":"ping","id":1}']);
  vi.advanceTimersByTime(10_000);
  expect(names()).toEqual(['connecting', 'open', 'waiting']);
  expect(sockets[0]?.isClosed).toBe(true);
  connection.close();
});

test('any message counts as a sign of life', () => {
  const { connection, sockets, names } = open();
  sockets[0]?.receive(hello());
  vi.advanceTimersByTime(15_000);
  sockets[0]?.receive({ type: 'pong', id: 1 });
  vi.advanceTimersByTime(12_000);
  expect(names()).toEqual(['connecting', 'open']);
  connection.close();
});

test('gives up a server that accepts and says nothing', () => {
  const { connection, names } = open();
  vi.advanceTimersByTime(10_000);
  expect(names()).toEqual(['connecting', 'waiting']);
  connection.close();
});

test.each([4403, 4404, 4410])('ends for good on close code %i', (code) => {
  const { sockets, states } = open();
  sockets[0]?.receive(hello());
  sockets[0]?.lose(code);
  vi.advanceTimersByTime(60_000);
  expect(states.at(-1)).toEqual({ name: 'closed', code });
  expect(sockets).toHaveLength(1);
});

test('does not loop over protocol errors', () => {
  const { sockets, states } = open();
  sockets[0]?.lose(4400);
  vi.advanceTimersByTime(400);
  sockets[1]?.lose(4400);
  expect(states.at(-1)).toEqual({ name: 'closed', code: 4400 });
});

test('reports another protocol instead of guessing', () => {
  const { sockets, mismatches, events } = open();
  sockets[0]?.receive(hello(99));
  expect(mismatches).toEqual([99]);
  expect(events).toEqual([]);
});
