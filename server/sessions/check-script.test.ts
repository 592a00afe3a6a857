import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCheckScript } from './check-script.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'eu-os-labs-check-script-'));
  mkdirSync(join(dir, 'checks/shared'), { recursive: true });
});

afterEach(() => rmSync(dir, { recursive: true }));

const write = (name: string, text: string) => writeFileSync(join(dir, 'checks', name), text);
const read = (check: string) => readCheckScript({ id: 'small', dir }, check);

test('inserts shared parts where the script names them, unchanged', async () => {
  write('shared/one', "echo '$& $1'\n");
  write('shared/two', 'echo two');
  write('built', '#!/bin/sh\n# include one\necho between\n# include two\necho end\n');
  expect(await read('built')).toBe("#!/bin/sh\necho '$& $1'\n\necho between\necho two\necho end\n");
});

test('leaves a script that names none unchanged', async () => {
  const text = '#!/bin/sh\n# include ../secret\necho "# include one" # include one\n';
  write('plain', text);
  expect(await read('plain')).toBe(text);
});

test('says which file is missing', async () => {
  write('built', '# include gone\n');
  await expect(read('built')).rejects.toMatchObject({
    code: 'LAB_ERR_NO_CHECK',
    message: expect.stringContaining(join(dir, 'checks/shared/gone')),
  });
  await expect(read('other')).rejects.toMatchObject({ message: expect.stringContaining(join(dir, 'checks/other')) });
});
