// How many connections the HTTP server keeps open, and for how long a silent one: otherwise idle connections alone would take
// all files of this process. Counts connections, not requests.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { countedAddress } from './client-address.ts';

/**
 * A page sends its headers at once; a line that loses packets may need some seconds. Node's own limit is a minute, and it
 * holds for connections that have not sent anything as well.
 */
export const headersWithinMs = 10_000;
/** A body has at most 16 KiB (`bodyLimit`), which takes 4 s at 32 kbit/s. */
export const requestWithinMs = 20_000;
/** How often Node looks for connections over these limits; its default of 30 s would add as much to each of them. */
export const lookEveryMs = 2_000;

/** Some 10 kB each while idle: 100 MB. A page has two sockets, and a browser up to six connections for files. */
const mostInTotal = 10_000;
/** An operator who reads the log needs to know once, not for each connection. */
const noteEveryMs = 60_000;

export interface ConnectionLimits {
  total: number;
  /** From one address, so that it cannot take everything from the others. */
  perAddress: number;
}

/**
 * Half of the files for connections; programs, machines and terminals need the other half.
 * @param files that this process may have open
 * @param isBehindProxy then all connections come from the proxy, which has to limit them itself
 */
export function connectionLimits(files: number, isBehindProxy: boolean): ConnectionLimits {
  const total = Math.max(1, Math.min(mostInTotal, Math.floor(files / 2)));
  return { total, perAddress: isBehindProxy ? total : Math.ceil(total / 2) };
}

/** Cuts each connection beyond the limits as soon as it is accepted. @param note takes a line for the operator's log */
export function limitConnections(server: Server, limits: ConnectionLimits, note: (line: string) => void): void {
  const open = new Map<string, number>();
  let total = 0;
  let notedAt = Number.NEGATIVE_INFINITY;
  const refuse = (socket: Socket, what: string) => {
    socket.destroy();
    if (performance.now() - notedAt < noteEveryMs) return;
    notedAt = performance.now();
    note(`connections are refused: ${what}; files that this process may open: ulimit -n, LimitNOFILE=`);
  };
  server.on('connection', (socket: Socket) => {
    // Undefined when it is already gone.
    const address = countedAddress(socket.remoteAddress ?? '');
    const ofAddress = open.get(address) ?? 0;
    if (total >= limits.total) return refuse(socket, `${total} are open, expected at most ${limits.total}`);
    if (ofAddress >= limits.perAddress)
      return refuse(socket, `${ofAddress} are open from one address, expected at most ${limits.perAddress}`);
    total += 1;
    open.set(address, ofAddress + 1);
    socket.once('close', () => {
      total -= 1;
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
  });
}
