// Unused texts and keys without a text are found, however the key is written.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findTextFaults } from './unused-texts.ts';

const nobodys = () => false;

test('a key that only a template names counts as used; a similar one does not', () => {
  const keys = ['progress.todo', 'progress.started', 'other.todo'];
  expect(findTextFaults(keys, ['text(`progress.${state}`)'], nobodys)).toEqual({ unused: ['other.todo'], missing: [] });
});

test('the parts of a question are used when the question is named', () => {
  const keys = ['lab.end.title', 'lab.end.yes', 'lab.begin.title'];
  const sources = ["ask('lab.end')", 'text(`${key}.title`); text(`${key}.yes`)'];
  expect(findTextFaults(keys, sources, nobodys).unused).toEqual(['lab.begin.title']);
});

test('a placeholder in the middle matches only the middle', () => {
  const keys = ['lab.power.stop.what', 'lab.power.stop'];
  expect(findTextFaults(keys, ['text(`lab.power.${action}.what`)'], nobodys).unused).toEqual(['lab.power.stop']);
});

test('the key without its number uses both the text for one and the text for many', () => {
  const keys = ['lab.count_one', 'lab.count_other', 'lab.size_one'];
  expect(findTextFaults(keys, ["t('lab.count', { count })"], nobodys)).toEqual({
    unused: ['lab.size_one'],
    missing: [],
  });
});

test('a choice inside a placeholder is part of it', () => {
  const sources = ["text(`tabs.${kind}${isOnly ? 'Only' : ''}`)"];
  expect(findTextFaults(['tabs.screenOnly', 'tabs.screen', 'tab.screen'], sources, nobodys).unused).toEqual([
    'tab.screen',
  ]);
});

test('a key that is used and has no text is missing, unless the site generator has it', () => {
  const sources = ["t('page.nextLink'); t('lesson.nxet'); make('div')"];
  const found = findTextFaults(['lesson.next'], sources, (key) => key.startsWith('page.'));
  expect(found).toEqual({ unused: ['lesson.next'], missing: ['lesson.nxet'] });
});

test('no key of the texts occurs twice: a JSON parser would silently take the last one', () => {
  const file = readFileSync(new URL('../../content/i18n/en.json', import.meta.url), 'utf8');
  const keys = [...file.matchAll(/^ {2}"([^"]+)":/gm)].map(([, key]) => key);
  expect(keys).toEqual([...new Set(keys)]);
});
