// Every lab of the repository is valid, its check scripts print the causes that it lists, and each cause has a message.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readLabs } from '../../labs/read-lab.ts';
import { readCheckScript } from '../../server/sessions/check-script.ts';

const { labs, broken } = readLabs('labs');

interface Message {
  causes?: Record<string, { why: string; next: string }>;
}

/** Keys that a script prints with a cause: `cause key=value`. */
function printedKeys(script: string, cause: string): string[] {
  const lines = script.split('\n').filter((line) => new RegExp(`\\b${cause}\\b`).test(line));
  return lines.flatMap((line) => [...line.matchAll(/ ([a-z]+)=/g)].map((match) => match[1] ?? ''));
}

test('every lab file is valid', () => {
  expect(broken.map(({ error }) => error.message)).toEqual([]);
  expect(labs.map((lab) => lab.id)).toContain('build-image');
});

describe.each(labs)('$id', (lab) => {
  const messages = parse(readFileSync(`content/checks/${lab.id}.en.yaml`, 'utf8')) as Record<string, Message>;

  test('has messages only for its own checks, and for all of them', () => {
    expect(Object.keys(messages).toSorted()).toEqual(lab.file.checks.map((check) => check.id).toSorted());
  });

  test.each(lab.file.checks)('$id: each cause is printed by the script and has a message', async ({ id, causes }) => {
    const script = await readCheckScript(lab, id);
    expect(causes.filter((cause) => !new RegExp(`\\b${cause}\\b`).test(script))).toEqual([]);
    expect(Object.keys(messages[id]?.causes ?? {}).toSorted()).toEqual([...causes].toSorted());
  });

  test.each(lab.file.checks)('$id: messages use only data that the script prints', async ({ id }) => {
    const script = await readCheckScript(lab, id);
    for (const [cause, { why, next }] of Object.entries(messages[id]?.causes ?? {})) {
      const used = [...`${why} ${next}`.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
      expect(printedKeys(script, cause), cause).toEqual(expect.arrayContaining(used));
    }
  });
});
