// The stand-in key's framing, channels and touch, report by report; libfido2 tests its CTAP2 commands in the lesson.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const folder = join(import.meta.dirname, 'files/usr/lib/lab');
const broadcast = 0xff_ff_ff_ff;
const command = { ping: 0x01, init: 0x06, cbor: 0x10, cancel: 0x11, keepalive: 0x3b, error: 0x3f };

// Each line of input is one step: a report in hexadecimal, `touch`, or `+` and the seconds by which the clock advances.
// CBOR requests that begin with 2 wait for a touch, others are returned unchanged. `*` stands for the newest channel.
const driver = `
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from security_key.transport import Touch, Transport
from security_key.touch import TouchRequest
class Echo:
    def answer(self, request):
        return Touch(lambda: b"touched") if request[0] == 2 else request
sent = []
key = Transport(Echo(), TouchRequest(), sent.append)
now = 0.0
for line in sys.stdin.read().split():
    if line == "touch":
        print("touched" if key.touched() else "not wanted")
    elif line.startswith("+"):
        now += float(line)
    else:
        newest = f"{key.channels[-1]:08x}" if key.channels else "00000001"
        key.receive(bytes.fromhex(line.replace("*", newest)), now)
    key.tick(now)
    for report in sent:
        print(report.hex())
    sent.clear()
    print("wants" if key.touch.is_wanted else "quiet")
`;

interface Answer {
  channel: number;
  command: number;
  payload: string;
}

/** @returns what the key said, message by message, and whether it wanted a touch after each step */
function play(...steps: string[]): { said: (Answer | string)[]; wanted: boolean[] } {
  const { stdout, stderr, status } = spawnSync('python3', ['-c', driver, folder], {
    input: steps.join('\n'),
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const lines = stdout.trim().split('\n');
  const isSign = (line: string) => line === 'wants' || line === 'quiet';
  return {
    said: messages(lines.filter((line) => !isSign(line))),
    wanted: lines.filter(isSign).map((line) => line === 'wants'),
  };
}

function messages(lines: string[]): (Answer | string)[] {
  const said: (Answer | string)[] = [];
  let rest = 0;
  for (const line of lines) {
    if (line.includes('touched') || line.includes('wanted')) {
      said.push(line);
      continue;
    }
    expect(line).toHaveLength(128);
    const bytes = Buffer.from(line, 'hex');
    const last = said.at(-1);
    if (rest > 0 && typeof last === 'object') {
      last.payload += bytes.subarray(5, 5 + Math.min(rest, 59)).toString('hex');
      rest -= 59;
      continue;
    }
    const length = bytes.readUInt16BE(5);
    const payload = bytes.subarray(7, 7 + Math.min(length, 57)).toString('hex');
    said.push({ channel: bytes.readUInt32BE(0), command: bytes.readUInt8(4) & 0x7f, payload });
    rest = length - 57;
  }
  return said;
}

/** A message's reports; `*` as channel stands for the one that INIT gave last. */
function reports(channel: number | '*', name: keyof typeof command, payload: string): string[] {
  const to = channel === '*' ? '*' : channel.toString(16).padStart(8, '0');
  const bytes = Buffer.from(payload, 'hex');
  const first = Buffer.from([command[name] | 0x80, bytes.length >> 8, bytes.length & 0xff]);
  const cut = [to + Buffer.concat([first, bytes.subarray(0, 57)]).toString('hex')];
  for (let at = 57, sequence = 0; at < bytes.length; at += 59, sequence++)
    cut.push(to + Buffer.concat([Buffer.from([sequence]), bytes.subarray(at, at + 59)]).toString('hex'));
  return cut;
}

const nonce = '0102030405060708';
const init = reports(broadcast, 'init', nonce);
/** What the key says after its answer to INIT. */
const saidAfterInit = (...steps: string[]) => play(...init, ...steps).said.slice(1);
const error = (code: number, channel: unknown = expect.any(Number)) => ({
  channel,
  command: command.error,
  payload: code.toString(16).padStart(2, '0'),
});

test('INIT gives a channel, repeats the nonce, says CTAPHID 2 and CBOR without U2F', () => {
  const [answer] = play(...init).said;
  expect(answer).toMatchObject({ channel: broadcast, command: command.init });
  expect((answer as Answer).payload).toMatch(new RegExp(`^${nonce}[0-9a-f]{8}020001000c$`));
});

test('PING comes back whole, whatever its length', () => {
  const payloads = [0, 1, 57, 58, 116, 117, 7609].map((length) =>
    Buffer.from(Array.from({ length }, (_, at) => at % 251)).toString('hex'),
  );
  const said = saidAfterInit(...payloads.flatMap((payload) => reports('*', 'ping', payload)));
  expect(said).toEqual(payloads.map((payload) => ({ channel: expect.any(Number), command: command.ping, payload })));
});

test('each breach of the framing is answered with its own error, and the key goes on', () => {
  const wrong: [string, number, string[]][] = [
    ['a command that the key lacks', 0x01, ['*830000']],
    ['more than reports can hold', 0x03, ['*811dba']],
    ['CBOR without a command', 0x03, ['*900000']],
    ['INIT with a short nonce', 0x03, ['ffffffff86000401020304']],
    ['a channel that was never given out', 0x0b, ['0000000281000100']],
    ['channel 0', 0x0b, ['0000000081000100']],
    ['PING to all', 0x0b, ['ffffffff81000100']],
    ['a sequence number left out', 0x04, ['*810064', '*01']],
    ['another message in the middle of one', 0x04, ['*810064', '*81000100']],
    ['a message whose rest does not come', 0x05, ['*810064', '+3.1']],
    ['a second channel while the first one sends', 0x06, ['*810064', ...init, '*81000100']],
  ];
  const said = saidAfterInit(...wrong.flatMap(([, , steps]) => steps));
  expect(said.filter((each) => typeof each === 'object' && each.command === command.error)).toEqual(
    wrong.map(([, code]) => error(code)),
  );
});

test('a stray continuation is ignored', () => {
  expect(saidAfterInit('*00', ...reports('*', 'ping', 'aa'))).toMatchObject([{ payload: 'aa' }]);
});

test('INIT restarts a channel, even in the middle of a message', () => {
  const { said } = play(...init, '*810064', ...reports('*', 'init', nonce), ...reports('*', 'ping', 'aa'));
  expect(said.slice(1)).toMatchObject([{ command: command.init }, { command: command.ping, payload: 'aa' }]);
});

describe('touch', () => {
  const ask = reports('*', 'cbor', '02');

  test('is wanted from the request until it happens, with a keepalive every 0.1 s, and answers the request', () => {
    const { said, wanted } = play(...init, ...ask, '+0.15', 'touch');
    expect(wanted).toEqual([false, true, true, false]);
    const alive = { command: command.keepalive, payload: '02' };
    const answer = { command: command.cbor, payload: Buffer.from('touched').toString('hex') };
    expect(said.slice(1)).toMatchObject([alive, alive, 'touched', answer]);
  });

  test('that nobody wants is reported as not wanted', () => {
    expect(saidAfterInit('touch')).toEqual(['not wanted']);
    expect(saidAfterInit(...reports('*', 'cbor', '04'), 'touch')).toMatchObject([{ payload: '04' }, 'not wanted']);
  });

  test('is no longer awaited after 30 s', () => {
    const { said, wanted } = play(...init, ...ask, '+29', '+2', 'touch');
    expect(wanted).toEqual([false, true, true, false, false]);
    expect(said.slice(-2)).toMatchObject([{ command: command.cbor, payload: '3a' }, 'not wanted']);
  });

  test('is no longer awaited when the program cancels', () => {
    const { said, wanted } = play(...init, ...ask, ...reports('*', 'cancel', ''));
    expect(wanted.at(-1)).toBe(false);
    expect(said.at(-1)).toMatchObject({ command: command.cbor, payload: '2d' });
  });

  test('does not answer another program, which is told that the key is busy', () => {
    const { said } = play(...init, ...ask, ...init, ...reports('*', 'ping', 'aa'), 'touch');
    expect(said.filter((each) => typeof each === 'object' && each.command === command.error)).toEqual([error(0x06)]);
    expect(said.at(-2)).toBe('touched');
  });
});
