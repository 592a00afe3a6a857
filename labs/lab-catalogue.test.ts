import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LabCatalogue } from './lab-catalogue.ts';

const good = `title: Good
machines:
  - { name: box, image: box, memory: 64, cpus: 1, pids: 64 }
disk: 64
terminals:
  - machine: box
checks:
  - id: there
`;

let labsDir: string;
let catalogue: LabCatalogue;
let changed: string[];

beforeEach(() => {
  labsDir = mkdtempSync(join(tmpdir(), 'catalogue-'));
  mkdirSync(join(labsDir, 'images/box'), { recursive: true });
  write('one');
  write('two');
  catalogue = new LabCatalogue(labsDir);
  changed = [];
  catalogue.onChange((id) => changed.push(id));
});

afterEach(() => rmSync(labsDir, { recursive: true }));

function write(id: string, text = good): void {
  mkdirSync(join(labsDir, id, 'checks'), { recursive: true });
  writeFileSync(join(labsDir, id, 'lab.yaml'), text);
  writeFileSync(join(labsDir, id, 'checks/there'), '#!/bin/sh\n', { mode: 0o755 });
}

test('nothing is reported while no file changes, and a lab stays the same object', () => {
  const before = catalogue.find('one');
  catalogue.readAgain();
  expect(catalogue.find('one')).toBe(before);
  expect(changed).toEqual([]);
});

test('a mistake is reported with file and line under the title that the lab had; once it is corrected, the lab is back', () => {
  write('one', good.replace('disk: 64', 'disk: lots'));
  catalogue.readAgain();
  expect(changed).toEqual(['one']);
  expect(catalogue.all().map(({ id }) => id)).toEqual(['two']);
  expect(catalogue.broken()).toMatchObject([{ id: 'one', title: 'Good' }]);
  expect(catalogue.broken()[0]?.error.message).toMatch(/one\/lab\.yaml:4:7: `disk`/);
  write('one', good.replace('title: Good', 'title: Better'));
  catalogue.readAgain();
  expect(catalogue.find('one')?.file.title).toBe('Better');
});

test.each<[string, () => void]>([
  ['a script that cannot be run', () => chmodSync(join(labsDir, 'one/checks/there'), 0o644)],
  ['an image that has gone', () => rmSync(join(labsDir, 'images/box'), { recursive: true })],
])('sees %s', (_, spoil) => {
  spoil();
  catalogue.readAgain();
  expect(catalogue.broken().map(({ id }) => id)).toContain('one');
});

test('a new file in a lab counts as a change; labs that come and go are reported', () => {
  mkdirSync(join(labsDir, 'two/files'));
  catalogue.readAgain();
  expect(changed.splice(0)).toEqual(['two']);
  expect(catalogue.find('two')?.filesDir).toBe(join(labsDir, 'two/files'));
  renameSync(join(labsDir, 'two'), join(labsDir, 'three'));
  catalogue.readAgain();
  expect(changed).toEqual(['two', 'three']);
  expect(catalogue.find('two')).toBeUndefined();
});

test('an unexpected failure while a lab is read concerns only that lab', () => {
  // Text that is parsed as YAML and then names an anchor that does not exist.
  write('one', 'title: *nothing\n');
  catalogue.readAgain();
  expect(catalogue.broken().map(({ id }) => id)).toEqual(['one']);
  expect(catalogue.find('two')?.file.title).toBe('Good');
});
