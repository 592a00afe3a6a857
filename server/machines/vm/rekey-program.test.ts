// The guest's half of a new identity, labs/images/desktop/files/usr/lib/lab/rekey. What it does to a whole machine, to the
// clock and the kernel, is replaced, so that this host is not changed.
import { spawn, spawnSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RekeyPort } from './rekey.ts';

const program = join(import.meta.dirname, '../../../labs/images/desktop/files/usr/lib/lab/rekey');

/**
 * Comes before each scenario: the program as `lab`, without its last line, which would run it. Its clock advances when
 * somebody sleeps, and records what it is set to; the kernel's generator records what it is given.
 */
const setUp = `
import json, os, sys
source = open(sys.argv[1]).read()
assert source.endswith('\\nmain()\\n')
lab = {'__name__': 'rekey'}
exec(compile(source.removesuffix('main()\\n'), sys.argv[1], 'exec'), lab)
# What is replaced here and below: under another name it would be this host's.
assert {'time', 'fcntl', 'reseed', 'read', 'write', 'JOURNAL', 'SSH_DAEMON'} <= lab.keys()
folder = sys.argv[2]
noted = []
class Clock:
    CLOCK_REALTIME = 0
    now = 100.0
    on_sleep = staticmethod(lambda: None)
    def monotonic(self): return self.now
    def sleep(self, seconds):
        self.now += seconds
        self.on_sleep()
    def clock_settime(self, clock, seconds): noted.append(['clock', clock, seconds])
clock = Clock()
lab['time'] = clock
lab['fcntl'] = None
lab['reseed'] = lambda seed: noted.append(['seed', seed.hex()])
`;
/** `rekey()` reads and writes below the folder instead of the root. */
const elsewhere = `
read, write = lab['read'], lab['write']
lab['read'] = lambda path: read(folder + path)
lab['write'] = lambda path, content: (noted.append(['write', path]), write(folder + path, content))
`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rekey-program-'));
  mkdirSync(join(folder, 'etc/ssh'), { recursive: true });
  mkdirSync(join(folder, 'proc/sys/kernel/random'), { recursive: true });
  writeFileSync(join(folder, 'etc/machine-id'), `${'0'.repeat(32)}\n`);
  writeFileSync(join(folder, 'proc/sys/kernel/random/uuid'), '5a2c2d2e-1111-4000-8000-aaaaaaaaaaaa\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

const inFolder = (path: string) => readFileSync(join(folder, path), 'utf8');

/** @returns what the scenario printed as JSON */
function play(scenario: string): unknown {
  const args = ['-B', '-c', setUp + scenario, program, folder];
  const { stdout, stderr } = spawnSync('python3', args, { encoding: 'utf8', timeout: 8_000 });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

test.each([
  ['in one piece', `[b'00011hello\\nthere']`],
  ['byte by byte', `[bytes([byte]) for byte in b'00011hello\\nthere']`],
  ['with the length cut', `[b'000', b'11hel', b'lo\\nthere']`],
])('what the server writes is read whole: %s', (_what, pieces) => {
  const scenario = `
import socket
ours, theirs = socket.socketpair()
pieces = ${pieces}
real = os.read
def read(descriptor, most):
    if pieces: theirs.send(pieces.pop(0))
    return real(descriptor, most)
os.read = read
print(json.dumps(lab['wait'](ours.fileno()).decode()))`;
  expect(play(scenario)).toBe('hello\nthere');
});

test('an absurd length is not waited for', () => {
  const scenario = `
import socket
ours, theirs = socket.socketpair()
theirs.sendall(b'99999' + b'x' * lab['MOST_BYTES'])
theirs.settimeout(1)
print(len(lab['wait'](ours.fileno())))`;
  expect(play(scenario)).toBe(16_384);
});

const fifo = `
os.mkfifo(folder + '/port')
port = os.open(folder + '/port', os.O_RDONLY | os.O_NONBLOCK)
slept = 0
`;

test('without a server the wait ends after 10 s', () => {
  expect(play(`${fifo}print(json.dumps([lab['wait'](port).decode(), round(clock.now - 100)]))`)).toEqual(['', 10]);
});

test('a server that connects a moment later is heard', () => {
  const scenario = `${fifo}
def come():
    global slept
    slept += 1
    if slept == 3:
        with open(folder + '/port', 'wb') as server: server.write(b'00003now')
clock.on_sleep = come
print(json.dumps([lab['wait'](port).decode(), slept]))`;
  expect(play(scenario)).toEqual(['now', 3]);
});

test('files are overwritten in place, whatever their length was, and new ones are readable only by their owner', () => {
  writeFileSync(join(folder, 'longer'), 'a long old content');
  writeFileSync(join(folder, 'shorter'), 'old');
  const before = statSync(join(folder, 'longer')).ino;
  const scenario = `
os.umask(0o077)
for name in ('longer', 'shorter', 'new'): lab['write'](folder + '/' + name, b'content')
print(json.dumps(lab['read'](folder + '/new').decode()))`;
  expect(play(scenario)).toBe('content');
  for (const name of ['longer', 'shorter', 'new']) expect(inFolder(name)).toBe('content');
  expect(statSync(join(folder, 'longer')).ino).toBe(before);
  expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o600);
});

test('the guest understands what the server sends: clock first, then seed, id and both halves of the key', async () => {
  const scenario = `${elsewhere}
import socket
with socket.socket(socket.AF_UNIX) as listening:
    listening.bind(folder + '/port.sock')
    listening.listen()
    listening.settimeout(8)
    ours, _ = listening.accept()
ours.settimeout(None)
old, new = lab['rekey'](lab['wait'](ours.fileno()))
os.write(ours.fileno(), b'done\\n')
print(json.dumps({'old': old, 'new': new, 'noted': noted}))`;
  const guest = spawn('python3', ['-B', '-c', setUp + scenario, program, folder], { timeout: 8_000 });
  const [stdout, ended] = [text(guest.stdout), once(guest, 'close')];
  const startedAt = Date.now() / 1000;
  {
    using port = await vi.waitFor(() => RekeyPort.connect(join(folder, 'port.sock')), { timeout: 5_000 });
    await port.rekey(5_000);
  }
  await ended;
  const id = '5a2c2d2e111140008000aaaaaaaaaaaa';
  const { noted, ...ids } = JSON.parse(await stdout) as { noted: unknown[][] };
  expect(ids).toEqual({ old: '0'.repeat(32), new: id });
  expect(noted).toEqual([
    ['clock', 0, expect.closeTo(startedAt, -1)],
    ['seed', expect.stringMatching(/^[0-9a-f]{512}$/)],
    ['write', '/etc/machine-id'],
    ['write', '/etc/ssh/ssh_host_ed25519_key.pub'],
    ['write', '/etc/ssh/ssh_host_ed25519_key'],
  ]);
  expect(inFolder('etc/machine-id')).toBe(`${id}\n`);
  expect(inFolder('etc/ssh/ssh_host_ed25519_key.pub')).toMatch(/^ssh-ed25519 [A-Za-z0-9+/=]+\n$/);
  expect(createPrivateKey(inFolder('etc/ssh/ssh_host_ed25519_key')).asymmetricKeyType).toBe('ed25519');
});

test('afterwards the journal goes on under the new id, and a running sshd reads its keys again', () => {
  mkdirSync(join(folder, 'journal/old'), { recursive: true });
  const scenario = `
import signal
heard = []
signal.signal(signal.SIGHUP, lambda *_: heard.append('SIGHUP'))
lab['JOURNAL'] = folder + '/journal/'
lab['SSH_DAEMON'] = folder + '/sshd.pid'
lab['finish']('', 'new')
before = list(heard)
with open(folder + '/sshd.pid', 'w') as file: file.write(f'{os.getpid()}\\n')
lab['finish']('old', 'new')
lab['finish']('old', 'newer')
print(json.dumps([before, heard]))`;
  expect(play(scenario)).toEqual([[], ['SIGHUP', 'SIGHUP']]);
  expect(readdirSync(join(folder, 'journal'))).toEqual(['new']);
});
