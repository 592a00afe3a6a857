// The hash that names an image: changes with every input, and with nothing else.
import { chmod, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashInputs } from './image-hash.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'image-hash-'));
  await mkdir(join(folder, 'files'));
  await writeFile(join(folder, 'Containerfile'), 'FROM x\n');
  await writeFile(join(folder, 'files/a'), 'a');
});

afterEach(() => rm(folder, { recursive: true }));

test('is 12 hexadecimal characters, the same for the same inputs', async () => {
  const before = await hashInputs([folder], ['word']);
  expect(before).toMatch(/^[0-9a-f]{12}$/);
  await utimes(join(folder, 'files/a'), 1, 1);
  expect(await hashInputs([folder], ['word'])).toBe(before);
});

test.each<[string, () => Promise<unknown>]>([
  ['content', () => writeFile(join(folder, 'files/a'), 'b')],
  ['a new file', () => writeFile(join(folder, 'files/b'), '')],
  ['a removed file', () => rm(join(folder, 'files/a'))],
  ['the executable bit', () => chmod(join(folder, 'files/a'), 0o755)],
])('changes with %s', async (_what, change) => {
  const before = await hashInputs([folder], []);
  await change();
  expect(await hashInputs([folder], [])).not.toBe(before);
});

test('changes with the words; a test file beside the inputs does not count', async () => {
  const before = await hashInputs([folder], ['one']);
  expect(await hashInputs([folder], ['two'])).not.toBe(before);
  await writeFile(join(folder, 'lint.test.ts'), '');
  expect(await hashInputs([folder], ['one'])).toBe(before);
});
