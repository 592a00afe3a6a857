// Entry of the pty host process: flags, signals, exit code. Started detached by pty-host-launcher.ts.
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { logErrors } from '../../log.ts';
import { hostLockPath, hostSocketPath } from '../host-protocol/host-paths.ts';
import { takeHostLock } from './host-lock.ts';
import { PtyHost } from './pty-host.ts';
import { spawnPty } from './pty-process.ts';

// A server that restarts, or a reader who opens the site again, is back before this time; a forgotten host ends after it.
const defaultIdleEndMs = 5 * 60_000;
// Programs get this long to end after the hang-up before the host exits and takes their terminals away.
const endWithinMs = 2_500;

const { values } = parseArgs({ options: { 'state-dir': { type: 'string' }, 'idle-end-ms': { type: 'string' } } });
const stateDir = values['state-dir'];
const log = pino({ base: { pid: process.pid }, ...logErrors }, pino.destination({ dest: 1, sync: true }));

if (stateDir === undefined) {
  log.fatal('found no --state-dir, expected the directory that the server uses');
  process.exit(2);
}
// The same as the server's: sockets, lock and log are for this user alone.
process.umask(0o077);
if (!takeHostLock(hostLockPath(stateDir))) {
  log.info('another pty host already serves this directory; nothing to do');
  process.exit(0);
}

const host = new PtyHost({
  socketPath: hostSocketPath(stateDir),
  spawnPty,
  log,
  idleEndMs: Number(values['idle-end-ms'] ?? defaultIdleEndMs),
  onEnd: () => void setTimeout(() => process.exit(0), endWithinMs).unref(),
});

// The window in which `npm start` ran may close, and Ctrl-C is meant for the server: the terminals go on.
process.on('SIGHUP', () => log.info('hang-up ignored'));
process.on('SIGINT', () => log.info('interrupt ignored'));
process.on('SIGTERM', () => host.shutdown());
// One terminal's fault must not end everybody's shells; the log says what it was.
process.on('uncaughtException', (error) => log.error({ err: error }, 'unexpected error; the host goes on'));

await host.listen();
log.info({ socket: hostSocketPath(stateDir) }, 'pty host is listening');
