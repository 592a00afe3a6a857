// The badge stands for the lesson with everything that it consists of and builds on; a failed run removes it.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readVerification } from '../../src/page-schemas/verification.ts';
import type { LessonPage } from './lesson-page.ts';
import { hashNow, statusOf, today, writeFailure, writeReport } from './verification-report.ts';

let root = '';

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
}

function writeLesson(slug: string, order: number, text: string): void {
  const fields = `type: lesson\ndescription: x\nchapter: encrypt\norder: ${order}\nlab: one\nminutes: 5`;
  write(`content/docs/${slug}.mdx`, `---\n${fields}\n---\n${text}`);
}

async function verify(lesson: string): Promise<void> {
  const images = { desktop: 'sha256:a', 'vm-host': 'sha256:b' };
  const versions = { podman: '5.4.2' };
  const hash = hashNow(root, lesson, 'one');
  await writeReport(root, { lesson, steps: 3, seconds: 9, images, versions, date: today(), hash });
}

const badge = (lesson: string) => readVerification(root, lesson, 'one');
const holds = async (lesson: string) => (await statusOf(root, { lesson, lab: 'one' } as LessonPage)).holds;

beforeEach(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'reports-'));
  write('labs/one/lab.yaml', 'title: One');
  write('labs/images/vm-host/Containerfile', 'FROM scratch');
  write('content/checks/one.en.yaml', 'works: {}');
  writeLesson('encrypt/passphrase', 1, 'correct horse');
  writeLesson('encrypt/tpm2', 2, 'tpm2');
  writeLesson('encrypt/fido2', 3, 'fido2');
  for (const lesson of ['encrypt/passphrase', 'encrypt/tpm2', 'encrypt/fido2']) await verify(lesson);
});
afterEach(() => rmSync(root, { recursive: true }));

test('a verified lesson has its badge, and the report says what it builds on and ran on', async () => {
  expect(badge('encrypt/fido2')).toMatchObject({
    before: ['encrypt/passphrase', 'encrypt/tpm2'],
    images: { 'vm-host': 'sha256:b' },
    versions: { podman: '5.4.2' },
  });
  expect(await holds('encrypt/fido2')).toBe(true);
});

test('a change in a lesson takes the badge from the later ones in its chain, but from none before it', async () => {
  writeLesson('encrypt/tpm2', 2, 'another way');
  expect([badge('encrypt/fido2'), badge('encrypt/tpm2')]).toEqual([undefined, undefined]);
  expect(badge('encrypt/passphrase')).toBeDefined();
  expect([await holds('encrypt/passphrase'), await holds('encrypt/fido2')]).toEqual([true, false]);
});

test('so does a change in the image that virtual machines run in', () => {
  write('labs/images/vm-host/Containerfile', 'FROM other');
  expect(badge('encrypt/passphrase')).toBeUndefined();
});

test('a failed run takes the badge, also from lessons that build on this one, until it is verified again', async () => {
  const file = await writeFailure(root, 'encrypt/tpm2', 'bind: block encrypt/tpm2#enrol');
  const { failed } = JSON.parse(readFileSync(path.join(root, file ?? ''), 'utf8')) as { failed: unknown };
  expect(failed).toEqual({ date: today(), what: 'bind: block encrypt/tpm2#enrol' });
  expect([badge('encrypt/tpm2'), badge('encrypt/fido2')]).toEqual([undefined, undefined]);
  expect(badge('encrypt/passphrase')).toBeDefined();
  expect(await holds('encrypt/tpm2')).toBe(false);
  await verify('encrypt/tpm2');
  expect(badge('encrypt/fido2')).toBeDefined();
});

test('a lesson without a report has no badge to lose', async () => {
  writeLesson('encrypt/new', 4, 'new');
  expect(await writeFailure(root, 'encrypt/new', 'x')).toBeUndefined();
  expect(badge('encrypt/new')).toBeUndefined();
});
