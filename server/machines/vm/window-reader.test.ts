// Readings of the window: what is accepted, and what counts as changed.
import { expect, test } from 'vitest';
import { parseWindow, WindowHistory, WindowReader } from './window-reader.ts';

const zero = '0'.repeat(64);
const one = 'A1'.repeat(32);
const printed = {
  bootId: 'first',
  secureBoot: 'on',
  pcrs: [zero, zero],
  disks: [
    { device: '/dev/vda1', sizeBytes: 67_108_864 },
    {
      device: '/dev/vda3',
      sizeBytes: 2_149_580_800,
      luks: {
        uuid: '11111111-2222-3333-4444-555555555555',
        isOpen: true,
        slots: [
          { slot: 0, kind: 'password' },
          { slot: 1, kind: 'tpm2', pcrs: [7], pin: false },
        ],
      },
    },
  ],
  deployment: { checksum: 'abc', version: '13' },
  kernelArguments: 'rw quiet',
};
const reading = (over: object) => parseWindow(JSON.stringify({ ...printed, ...over }));

test('a reading is taken over as it is printed', () => {
  const history = new WindowHistory();
  const { pcrs, ...rest } = printed;
  expect(history.add(reading({}), 5)).toEqual({
    ...rest,
    readAt: 5,
    pcrs: pcrs.map((value, index) => ({ index, value, changed: false })),
  });
});

test('registers are compared with the end of the previous boot, as long as this boot lasts', () => {
  const history = new WindowHistory();
  const changed = () => history.last?.pcrs.filter((pcr) => pcr.changed).map(({ index }) => index);
  history.add(reading({}), 1);
  history.add(reading({ pcrs: [zero, one] }), 2);
  expect(changed()).toEqual([]);
  history.add(reading({ bootId: 'second', pcrs: [one, one] }), 3);
  expect(changed()).toEqual([0]);
  history.add(reading({ bootId: 'second', pcrs: [one, zero] }), 4);
  expect(changed()).toEqual([0, 1]);
  history.add(reading({ bootId: 'third', pcrs: [one.toLowerCase(), zero] }), 5);
  expect(changed()).toEqual([]);
});

test.each([
  ['no JSON', 'printed no JSON: Traceback'],
  ['{"bootId":"x"}', 'secureBoot'],
  [JSON.stringify({ ...printed, pcrs: ['<b>'] }), 'pcrs.0'],
])('a guest may print anything: %s', (text, message) => {
  expect(() => parseWindow(text === 'no JSON' ? 'Traceback (most recent call last)' : text)).toThrow(message);
});

test('callers that ask together share one reading; a failing program is an error', async () => {
  let runs = 0;
  let exitCode = 0;
  const reader = new WindowReader({
    exec: ({ expectMs }) => {
      // Asking for the result earlier would only delay it.
      expect(expectMs).toBe(400);
      const stdout = JSON.stringify({ ...printed, bootId: String((runs += 1)) });
      return Promise.resolve({ exitCode, stdout, stderr: 'no TPM' });
    },
  });
  const [first, second] = await Promise.all([reader.read(), reader.read()]);
  expect([first?.bootId, second?.bootId, reader.last?.bootId]).toEqual(['1', '1', '1']);
  exitCode = 1;
  await expect(reader.read()).rejects.toThrow('no TPM');
  expect(reader.last?.bootId).toBe('1');
});

test('of what a guest says about a fault, two lines are quoted, without what a terminal obeys', async () => {
  const hostile = `\n  05:00:00  FAKE\n\x1b[2J\x1b]0;PWNED\x07\x9b2J`;
  const stderr = `${'x'.repeat(700_000)}${hostile} no TPM`;
  const reader = new WindowReader({ exec: () => Promise.resolve({ exitCode: 1, stdout: '', stderr }) });
  const failure = await reader.read().catch((reason: unknown) => reason as Error);
  const faults = [failure, parseFault(hostile)].map((fault) => (fault as Error).message);
  expect(faults[0]).toMatch(/no TPM$/);
  for (const message of faults) {
    expect(message.length).toBeLessThan(300);
    expect(message).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
  }
});

function parseFault(text: string): unknown {
  try {
    return parseWindow(text);
  } catch (failure) {
    return failure;
  }
}
