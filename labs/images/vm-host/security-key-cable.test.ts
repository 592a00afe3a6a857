// The stand-in key's way to the machine, record by record: boots, plugging in, touches, and bytes that are not a record.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const lib = join(import.meta.dirname, 'files/usr/lib/lab');

// The driver plays the machine, the reader and the server. Each line of input is one step; what the key says
// after it is one line of output. The key's commands are simulated: a request that begins with 2 waits for a touch.
const driver = `
import json, os, socket, sys, threading, types
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
place = sys.argv[2]
from security_key.transport import Touch
class Authenticator:
    def __init__(self, store): pass
    def answer(self, request): return Touch(lambda: b"touched") if request[0] == 2 else request
class Store:
    def __init__(self, path): open(path, "a").close()
for name, part in (("authenticator", Authenticator), ("credentials", Store)):
    sys.modules[f"security_key.{name}"] = types.SimpleNamespace(**{part.__name__: part})
from security_key.daemon import Daemon, Places
paths = [os.path.join(place, name) for name in ("cable", "hand", "server")]
def listen(path):
    if os.path.exists(path): os.unlink(path)
    one = socket.socket(socket.AF_UNIX); one.bind(path); one.listen(1); return one
listeners = [listen(path) for path in paths[:2]]
key = Daemon(Places(*paths, place))
def serve():
    try: key.serve()
    except (EOFError, OSError): pass
threading.Thread(target=serve, daemon=True).start()
cable, hand = (each.accept()[0] for each in listeners)
server = socket.socket(socket.AF_UNIX); server.connect(paths[2])
lines = server.makefile()
for each in (cable, hand, server): each.settimeout(5)
def record():
    got = b""
    while len(got) < 65: got += cable.recv(65 - len(got))
    return f"{chr(got[0])} {got[1:].rstrip(bytes(1)).decode('latin1')}" if got[:1] != b"R" else f"R {got[1:].hex()}"
def send(kind, data): cable.sendall((kind + data).ljust(65, bytes(1)))
channel = bytes(4)
for line in sys.stdin.read().splitlines():
    what, _, rest = line.partition(" ")
    if what == "hear": print(record())
    elif what == "told": print(lines.readline().strip())
    elif what == "boot": send(b"H", rest.encode())
    elif what == "raw": cable.sendall(bytes.fromhex(rest))
    elif what == "hand": hand.sendall(rest.encode() + bytes([10])); print(hand.recv(200).decode().strip())
    elif what == "touch": server.sendall(b'{"touch": true}' + bytes([10]))
    elif what == "channel":
        send(b"R", bytes.fromhex("ffffffff860008") + b"12345678")
        channel = bytes.fromhex(record()[2:])[15:19]
    elif what == "ask": send(b"R", channel + bytes.fromhex("900001" + rest))
    elif what == "keepalive":
        while (got := record())[10:12] == "bb": pass
        print(bytes.fromhex(got[2:])[4:15].rstrip(bytes(1)).hex())
`;

let place: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'security-key-'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

/** @returns a line for each step that has an answer */
function play(...steps: string[]): string[] {
  const { stdout, stderr } = spawnSync('python3', ['-c', driver, lib, place], {
    input: steps.join('\n'),
    encoding: 'utf8',
    timeout: 20_000,
  });
  expect(stderr).toBe('');
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim());
}

const first = 'EU OS Labs stand-in security key';
const second = `${first}, the second`;

test('a machine is greeted, asks, and is told that nothing is plugged in', () => {
  expect(play('hear', 'boot abcdefgh', 'hear')).toEqual(['W', 'A abcdefgh']);
});

test('a key that is plugged in is told, and stays so for the next boot, the next start of the key, and until it is pulled out', () => {
  const steps = ['hand plug-in first', 'hear', 'boot 22222222', 'hear'];
  expect(play('hear', 'boot 11111111', 'hear', ...steps)).toEqual([
    'W',
    'A 11111111',
    'done',
    `P 11111111${first}`,
    `P 22222222${first}`,
  ]);
  const after = play('hear', 'boot 33333333', 'hear', 'hand plug-in second', 'hear', 'hand pull-out', 'hear');
  expect(after).toEqual(['W', `P 33333333${first}`, 'done', `P 33333333${second}`, 'done', 'A 33333333']);
  expect(play('hear', 'boot 44444444', 'hear')).toEqual(['W', 'A 44444444']);
});

test('the server hears what is plugged in and when a touch is wanted, and its touch reaches the key', () => {
  const begin = ['hear', 'boot 11111111', 'hear', 'told', 'hand plug-in first', 'hear', 'told', 'channel'];
  const said = play(...begin, 'ask 02', 'told', 'touch', 'keepalive', 'told', 'told', 'touch', 'told');
  expect(said.slice(2).filter((line) => !line.startsWith('P'))).toEqual([
    '{"pluggedIn": null, "wantsTouch": false}',
    'done',
    '{"pluggedIn": "first", "wantsTouch": false}',
    '{"pluggedIn": "first", "wantsTouch": true}',
    `900007${Buffer.from('touched').toString('hex')}`,
    '{"pluggedIn": "first", "wantsTouch": false}',
    '{"touched": true}',
    '{"touched": false}',
  ]);
});

test('a machine that starts again forgets what it had asked for', () => {
  const begin = ['hear', 'boot 11111111', 'hear', 'told', 'hand plug-in first', 'hear', 'told', 'channel'];
  const said = play(...begin, 'ask 02', 'told', 'boot 22222222', 'told', 'touch', 'told');
  expect(said.slice(-2)).toEqual(['{"pluggedIn": "first", "wantsTouch": false}', '{"touched": false}']);
});

test('what is no record is skipped, and the next one is understood', () => {
  expect(play('hear', 'raw 0001ff', 'boot abcdefgh', 'hear')).toEqual(['W', 'A abcdefgh']);
});

test('a hand that asks for something else is told what there is', () => {
  expect(play('hear', 'hand plug-in third', 'hand pull-out')).toEqual([
    'W',
    "found 'plug-in third', expected plug-in first, plug-in second or pull-out",
    'done',
  ]);
});
