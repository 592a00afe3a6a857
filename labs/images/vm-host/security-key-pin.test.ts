// The stand-in's PIN: tries, lockout, tokens. In the lesson, libfido2 tests its cipher and its commands.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const folder = join(import.meta.dirname, 'files/usr/lib/lab');

// Each line of input is one step and is answered with one line: `ok`, the status in hexadecimal, or what was asked for.
// `replug` makes a new key from what the old one has stored, and from nothing else.
const driver = `
import os, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from security_key.pin import MOST_TRIES, Pin, Refused
class Stored:
    pin_hash, tries = None, MOST_TRIES
stored = Stored()
class Memory:
    def __init__(self):
        self.pin_hash, self.tries = stored.pin_hash, stored.tries
    def write(self):
        stored.pin_hash, stored.tries = self.pin_hash, self.tries
key = Pin(Memory())
def step(name, *rest):
    global key
    given = [bytes.fromhex(each) for each in rest]
    if name == "set": key.set_first(*given)
    elif name == "change": key.change(*given)
    elif name == "token": return f"token of {len(key.give_token(given[0], 2, None if len(given) == 1 else given[1].decode()))}"
    elif name == "allows": return key.token is not None and key.token.allows(rest_as_int(rest[0]), given[1].decode())
    elif name == "tries": return key.memory.tries
    elif name == "replug": key = Pin(Memory())
    elif name == "cut":
        # The power goes while the try is being judged.
        held, Memory.write = Memory.write, cut
        try: key.judge(*given)
        except EOFError: key = Pin(Memory())
        finally: Memory.write = held
    elif name == "reset":
        key.forget(); key.memory.write()
    elif name == "is-set": return key.is_set
    return "ok"
def cut(memory):
    stored.pin_hash, stored.tries = memory.pin_hash, memory.tries
    raise EOFError
def rest_as_int(text): return int(text, 16)
for line in sys.stdin.read().splitlines():
    try: print(step(*line.split()))
    except Refused as refused: print(f"{refused.code:02x}")
`;

function play(...steps: string[]): string[] {
  const { stdout, stderr, status } = spawnSync('python3', ['-c', driver, folder], {
    input: steps.join('\n'),
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout.trim().split('\n');
}

const hex = (text: string) => Buffer.from(text).toString('hex');
/** The PIN as it is sent: UTF-8, padded with zeros to 64 bytes. */
const padded = (pin: string) => hex(pin).padEnd(128, '0');
const hashOf = (pin: string) => createHash('sha256').update(pin).digest('hex').slice(0, 32);
const set = (pin: string) => `set ${padded(pin)}`;
const token = (pin: string, rp?: string) => `token ${hashOf(pin)}${rp === undefined ? '' : ` ${hex(rp)}`}`;
const given = 'token of 32';
const status = {
  invalid: '31',
  blocked: '32',
  proofInvalid: '33',
  untilReplug: '34',
  notSet: '35',
  policy: '37',
};

test('a first PIN can be set once; after that only somebody who knows it can change it', () => {
  const change = (from: string, to: string) => `change ${hashOf(from)} ${padded(to)}`;
  expect(play('is-set', token('2468'), set('2468'), 'is-set', set('1357'))).toEqual([
    'False',
    status.notSet,
    'ok',
    'True',
    status.proofInvalid,
  ]);
  expect(play(set('2468'), change('1111', '1357'), change('2468', '1357'), token('2468'), token('1357'))).toEqual([
    'ok',
    status.invalid,
    'ok',
    status.invalid,
    given,
  ]);
});

test.each([
  ['three characters', padded('246'), status.policy],
  ['two characters of three bytes each', padded('€€'), status.policy],
  ['four characters of three bytes each', padded('€€€€'), 'ok'],
  ['63 bytes', padded('a'.repeat(63)), 'ok'],
  ['64 bytes', padded('a'.repeat(64)), status.policy],
  ['nothing', padded(''), status.policy],
  ['not padded', hex('2468'), status.policy],
])('a PIN of %s', (_, pin, answer) => {
  expect(play(`set ${pin}`)).toEqual([answer]);
});

describe('wrong tries', () => {
  test('after three in a row even the right PIN is refused until the key is plugged in again', () => {
    const wrong = token('1111');
    expect(play(set('2468'), wrong, wrong, wrong, token('2468'), 'tries', 'replug', token('2468'), 'tries')).toEqual([
      'ok',
      status.invalid,
      status.invalid,
      status.untilReplug,
      status.untilReplug,
      '5',
      'ok',
      given,
      '8',
    ]);
  });

  test('the right PIN in between restarts the count', () => {
    const wrong = token('1111');
    const said = play(set('2468'), wrong, wrong, token('2468'), wrong, wrong, 'tries');
    expect(said.slice(4)).toEqual([status.invalid, status.invalid, '6']);
  });

  test('eight block the key for good, however often it is plugged in; a reset leaves a key without a PIN', () => {
    const three = [token('1111'), token('1111'), token('1111'), 'replug'];
    const said = play(set('2468'), ...three, ...three, token('1111'), token('1111'), token('2468'), 'replug');
    expect(said.slice(9, 12)).toEqual([status.invalid, status.blocked, status.blocked]);
    const after = play(
      ...[set('2468'), ...three, ...three, token('1111'), token('1111'), 'replug'],
      ...[token('2468'), 'reset', 'is-set', 'tries', set('1357'), token('1357')],
    );
    expect(after.slice(-6)).toEqual([status.blocked, 'ok', 'False', '8', 'ok', given]);
  });

  test('cutting the power while one is judged does not gain a try', () => {
    expect(play(set('2468'), `cut ${hashOf('1111')}`, 'tries', `cut ${hashOf('1111')}`, 'tries')).toEqual([
      'ok',
      'ok',
      '7',
      'ok',
      '6',
    ]);
  });
});

test('a token is good only for what it was asked for; a new PIN ends it', () => {
  const allows = (permission: string, rp: string) => `allows ${permission} ${hex(rp)}`;
  expect(
    play(set('2468'), token('2468', 'disk'), allows('02', 'disk'), allows('01', 'disk'), allows('02', 'web')),
  ).toEqual(['ok', given, 'True', 'False', 'False']);
  expect(play(set('2468'), token('2468'), allows('02', 'disk'), allows('02', 'web'))).toEqual([
    'ok',
    given,
    'True',
    'False',
  ]);
  const change = `change ${hashOf('2468')} ${padded('1357')}`;
  expect(play(set('2468'), token('2468'), change, allows('02', 'disk'))).toEqual(['ok', given, 'ok', 'False']);
});
