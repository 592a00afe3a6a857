// The bounds keep the parser from looping for long: every count is within the screen, however the bytes are cut.
import * as headless from '@xterm/headless';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsiBounds, refuseCostly, writeBounded } from './csi-bounds.ts';

const { Terminal } = (headless as unknown as { default: typeof headless }).default;
const size = { columns: 80, rows: 24 };
const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

function bounded(text: string, cut = text.length): string {
  const bounds = new CsiBounds(() => size);
  const bytes = bytesOf(text);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += cut) parts.push(bounds.feed(bytes.subarray(at, at + cut)));
  return Buffer.concat(parts).toString('latin1');
}

/** Every first parameter that xterm's own parser passes on for a sequence that repeats. */
async function countsSeen(bytes: Uint8Array): Promise<number[]> {
  const terminal = new Terminal({ cols: size.columns, rows: size.rows, allowProposedApi: true, logLevel: 'off' });
  const seen: number[] = [];
  for (const final of 'STLMIZb') {
    terminal.parser.registerCsiHandler({ final }, ([count]) => {
      seen.push(typeof count === 'number' ? count : 0);
      // The sequence is not executed: this tests only what the parser reads.
      return true;
    });
  }
  await new Promise<void>((resolve) => terminal.write(bytes, resolve));
  terminal.dispose();
  return seen;
}

describe('CsiBounds', () => {
  it.each([
    ['\x1b[2147483647S', '\x1b[24S'],
    ['\x1b[99T', '\x1b[24T'],
    ['\x1b[25L', '\x1b[24L'],
    ['\x1b[00000000000000000000000000025M', '\x1b[24M'],
    ['x\x1b[2147483647b', 'x\x1b[80b'],
    ['\x1b[81I', '\x1b[80I'],
    ['\x1b[9999999999999999999999Z', '\x1b[80Z'],
    ['\xc2\x9b2147483647S', '\xc2\x9b24S'],
    ['\x1b[2147483647;5S', '\x1b[24S'],
    ['\x1b[2147483647:7S', '\x1b[24S'],
    // Executed inside a sequence, which goes on.
    ['\x1b[21\n47\x7f48\r3647S', '\x1b[\n\r24S'],
    // What xterm's decoder drops: bytes that are not UTF-8, and a byte order mark.
    ['\x1b\xff[21\xfe47\xef\xbb\xbf483647S', '\x1b\xff[24S'],
    ['\x1b]0;title\x1b[99S', '\x1b]0;title\x1b[24S'],
    ['\x1b[1\x1b[99S', '\x1b[1\x1b[24S'],
    ['\x1b[1\xc2\x9b99S', '\x1b[1\xc2\x9b24S'],
  ])('bounds %j', (given, expected) => {
    expect(bounded(given)).toBe(expected);
    for (let cut = 1; cut < given.length; cut++) expect(bounded(given, cut)).toBe(expected);
  });

  it.each([
    'plain text, 2147483647 S',
    '\x1b[24S\x1b[S\x1b[80b\x1b[;99S',
    '\x1b[9999;9999H\x1b[999C\x1b[?2147483647h\x1b[38;2;255;128;0m\x1b[38:2::255:128:0m',
    '\x1b[?1049h\x1b[2147483647J\x1b[99 @\x1b[!p\x1b[>4;2m',
    'caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80',
    '\x1b[1\x18 99S',
    '\x1bP1$r0m\x1b\\\x1b]8;;https://eu-os.eu\x1b\\',
  ])('leaves %j unchanged', (text) => {
    for (let cut = 1; cut <= text.length; cut++) expect(bounded(text, cut)).toBe(text);
  });

  it('drops a sequence that is longer than any that means something', () => {
    expect(bounded(`a\x1b[${'0;'.repeat(4000)}99Sb\x1b[99Sc`)).toBe('a\x1b[\x18b\x1b[24Sc');
    expect(bounded(`\x1b[${'1'.repeat(4000)}\xc2\x9b99S`)).toBe('\x1b[\x18\xc2\x9b24S');
  });

  it('lets through no count that xterm reads as larger, whatever surrounds it', async () => {
    // Few bytes of each kind, so that sequences come about: introducers, digits, what may stand between, finals.
    const introducers = ['\x1b', '[', '\x1b[', '\xc2', '\x9b', '\xc2\x9b', '\xc2\x9c', '\x9c'];
    const between = [
      '2147483647',
      '99',
      '0',
      '5',
      ';',
      ':',
      '?',
      '>',
      ' ',
      '$',
      "'",
      '\n',
      '\x07',
      '\x7f',
      '\x18',
      '\x1a',
    ];
    const notUtf8 = ['\xff', '\xef\xbb\xbf', '\xe2\x82', '\xc3\xa9'];
    const finals = ['S', 'T', 'L', 'M', 'I', 'Z', 'b', 'x', 'm', ']', 'P', '_', '(', '\\', '#8'];
    const piece = fc.constantFrom(...introducers, ...between, ...notUtf8, ...finals);
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), async (pieces, cut) => {
        const counts = await countsSeen(bytesOf(bounded(pieces.join(''), cut)));
        for (const count of counts) expect(count).toBeLessThanOrEqual(size.columns);
      }),
      { numRuns: 400 },
    );
  });
});

describe('a screen behind the bounds', () => {
  function makeScreen() {
    const terminal = new Terminal({ cols: 80, rows: 24, scrollback: 5_000, allowProposedApi: true, logLevel: 'off' });
    refuseCostly(terminal.parser);
    const bounds = new CsiBounds(() => size);
    const write = (text: string) =>
      new Promise<void>((resolve) => writeBounded(terminal, bounds, bytesOf(text), resolve));
    return { terminal, write };
  }

  /** Milliseconds for a kilobyte, the best of some rounds: other work on the machine only makes a round longer. */
  async function costOf(text: string, setup = ''): Promise<number> {
    const { terminal, write } = makeScreen();
    await write('line\r\n'.repeat(5_100) + setup);
    let best = Infinity;
    for (let round = 0; round < 5; round++) {
      const beganAt = performance.now();
      await write(text);
      best = Math.min(best, performance.now() - beganAt);
    }
    terminal.dispose();
    return best / (text.length / 1024);
  }

  const kilobytesOf = (unit: string, kilobytes: number) =>
    unit.repeat(Math.ceil((kilobytes * 1024) / unit.length)).slice(0, kilobytes * 1024);

  it('takes no more than a limited multiple of the time for harmless text, whatever a program prints', async () => {
    const harmless = await costOf(kilobytesOf('a line of text that is as long as most of them are\r\n', 64));
    const huge = fc.sample(
      fc.array(
        fc.tuple(
          fc.constantFrom('\x1b[', '\x1b[?', '\xc2\x9b', 'x\x1b['),
          fc.constantFrom('2147483647', '99999', '2147483647;2147483647', ':2147483647', '9\n9999999'),
          fc.constantFrom(...'@ABCDEFGHIJKLMPSTXZ`abdefghlmnqrs'.split(''), ' @', ' A', "'}", "'~", '$w'),
        ),
        { minLength: 100, maxLength: 100 },
      ),
      { numRuns: 5, seed: 9 },
    );
    const costs: [string, number][] = [];
    for (const final of 'STLMIZb@PX') costs.push([final, await costOf(kilobytesOf(`x\x1b[2147483647${final}`, 2))]);
    for (const [index, sequences] of huge.entries())
      costs.push([`random ${index}`, await costOf(sequences.map((parts) => parts.join('')).join(''))]);
    costs.push(['links', await costOf(kilobytesOf('\n', 2), '\x1b]8;;https://eu-os.eu\x1b\\x'.repeat(20_000))]);
    // One count costs at most as much as a screen of lines: 24 for the 13 bytes of the shortest limited one. Without limits
    // the same kilobyte takes hours.
    for (const [name, cost] of costs) expect(cost / harmless, name).toBeLessThan(1_000);
  }, 60_000);
});
