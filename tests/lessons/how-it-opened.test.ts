// The encryption lab's checks of how the disk was opened, with the journals of real starts. The guest's other programs are
// replaced.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCheckScript } from '../../server/sessions/check-script.ts';

const lab = { id: 'encrypt-disk', dir: join(import.meta.dirname, '../../labs/encrypt-disk') };

const begin = 'Starting systemd-cryptsetup@root.service - Cryptography Setup for root...';
const end = 'Finished systemd-cryptsetup@root.service - Cryptography Setup for root.';
const asked = ['Starting password query on /dev/tty1.', 'Starting password query on /dev/ttyS0.'];
const answered = 'Password query on /dev/ttyS0 finished successfully.';
const refused = 'Failed to unseal secret using TPM2: State not recoverable';
const cipher = 'Set cipher aes, mode xts-plain64, key size 512 bits for device /dev/disk/by-uuid/bd343392.';
/** A wrong PIN at the first question; each case adds what follows the second. */
const wrongPin = [begin, ...asked, answered, refused, cipher, ...asked, answered];

const touch = ['Asking FIDO2 token for authentication.', 'Please confirm presence on security token to unlock.'];

/** What this boot's journal says about the disk → which cause each check gives; undefined: passed. Only `byKey` passes by a key. */
const starts: { how: string; journal: string[]; byChip?: string; withPin?: string; byKey?: true }[] = [
  { how: 'by the chip alone', journal: [begin, end], withPin: 'no-pin' },
  { how: 'with the PIN', journal: [begin, ...asked, answered, end], byChip: 'by-hand' },
  { how: 'with a wrong PIN, then the right one', journal: [...wrongPin, end], byChip: 'by-hand' },
  {
    how: 'by the recovery key, after two wrong PINs',
    journal: [...wrongPin, refused, ...asked, answered, cipher, end],
    byChip: 'by-hand',
    withPin: 'no-pin',
  },
  {
    how: 'by a passphrase, because the chip refused',
    journal: [begin, refused, cipher, refused, ...asked, answered, cipher, end],
    byChip: 'by-hand',
    withPin: 'no-pin',
  },
  {
    // The messages of agent and unit come from two programs, in either order.
    how: 'by a passphrase, with a late message',
    journal: [begin, ...asked, cipher, answered, end],
    byChip: 'by-hand',
    withPin: 'no-pin',
  },
  // With the PIN of a key: opened-with-pin does not ask which token it was, because the slots tell.
  { how: 'with a key', journal: [begin, ...asked, answered, ...touch, end], byChip: 'by-hand', byKey: true },
  {
    how: 'by a passphrase, as nobody touched the key',
    journal: [begin, ...asked, answered, ...touch, cipher, ...asked, answered, end],
    byChip: 'by-hand',
  },
  {
    how: 'by a passphrase; the key opened another disk later',
    journal: [begin, cipher, ...asked, answered, end, ...touch],
    byChip: 'by-hand',
  },
  { how: 'by the chip; a later question belongs to another disk', journal: [begin, end, ...asked], withPin: 'no-pin' },
  { how: 'before the journal was emptied', journal: [], byChip: 'by-hand', withPin: 'no-pin' },
  { how: 'in a boot whose end the journal lacks', journal: [begin, ...asked], byChip: 'by-hand', withPin: 'no-pin' },
];

let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'eu-os-labs-check-'));
  mkdirSync(join(dir, 'bin'));
  const programs = {
    journalctl: `#!/bin/sh\ncat '${dir}/journal'\n`,
    cryptsetup: '#!/bin/sh\necho "{}"\n',
    // Other checks look at what the header holds; here it has a slot of the expected kind.
    jq: '#!/bin/sh\ncat > /dev/null\n',
  };
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(dir, 'bin', name), text);
    chmodSync(join(dir, 'bin', name), 0o755);
  }
});
afterAll(() => rmSync(dir, { recursive: true }));

const anotherBoot = '5f0c6a4e-8f0b-4a6e-9d43-2b7f5f1f6f10\n';

/** @returns the cause, or undefined when the check has passed */
async function ask(check: string, journal: string[], note = anotherBoot): Promise<string | undefined> {
  writeFileSync(join(dir, 'journal'), journal.map((line) => `${line}\n`).join(''));
  for (const name of ['boot-before', 'boot-before-pin']) writeFileSync(join(dir, name), note);
  const env = { HOME: dir, PATH: `${join(dir, 'bin')}:${process.env['PATH']}` };
  const { exitCode, stdout } = await execa('sh', {
    input: await readCheckScript(lab, check),
    env,
    reject: false,
    timeout: 5_000,
  });
  if (exitCode === 0) return undefined;
  expect(exitCode).toBe(1);
  return stdout.split('\n')[0];
}

describe.each(starts)('a disk that was opened $how', ({ journal, byChip, withPin, byKey }) => {
  test('opened-by-chip', async () => expect(await ask('opened-by-chip', journal)).toBe(byChip));
  test('opened-with-pin', async () => expect(await ask('opened-with-pin', journal)).toBe(withPin));
  test('system-by-key', async () => expect(await ask('system-by-key', journal)).toBe(byKey ? undefined : 'by-hand'));
});

test.each(['opened-by-chip', 'opened-with-pin'])('%s requires a note of another boot', async (check) => {
  for (const note of ['', '\n', 'another boot\n']) expect(await ask(check, [begin, end], note)).toBe('not-noted');
  const now = await execa('cat', ['/proc/sys/kernel/random/boot_id'], { timeout: 5_000 });
  for (const note of [`${now.stdout}\n`, `${anotherBoot}${now.stdout}\n`])
    expect(await ask(check, [begin, end], note)).toBe('not-restarted');
});
