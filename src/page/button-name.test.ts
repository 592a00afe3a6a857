// The names of buttons for screen readers: the visible words come first, then what the button is for.
import { expect, test, vi } from 'vitest';
import { buttonName, nameButton, shortName } from './button-name.ts';
import { driven, drivenDocument } from './driven-document.ts';

vi.stubGlobal('document', drivenDocument());

test('a name is the first line that is not empty, cut with an ellipsis', () => {
  expect(shortName('\n  podman images \nmore')).toBe('podman images');
  const long = shortName(`echo ${'x'.repeat(100)}`);
  expect(long).toHaveLength(60);
  expect(long).toMatch(/^echo x+…$/);
});

test('words and purpose may contain anything', () => {
  expect(buttonName('{button}: {what}', 'Run', 'echo $& {what} $1')).toBe('Run: echo $& {what} $1');
});

test('a button with new words gets a new name', () => {
  const button = driven(document.createElement('button'));
  button.dataset['of'] = 'podman images';
  nameButton(button, 'Run again');
  expect(button.textContent).toBe('Run again');
  expect(button.getAttribute('aria-label')).toBe('Run again: podman images');
});

test('a button without a particular purpose is named by its words', () => {
  const button = driven(document.createElement('button'));
  nameButton(button, 'Check');
  expect(button.textContent).toBe('Check');
  expect(button.getAttribute('aria-label')).toBeNull();
});

test('what a name adds to the words stays when the words change', () => {
  const button = driven(document.createElement('button'));
  Object.assign(button.dataset, { of: 'The note is there', words: '{button}, meant to fail' });
  nameButton(button, 'Check again');
  expect(button.textContent).toBe('Check again');
  expect(button.getAttribute('aria-label')).toBe('Check again, meant to fail: The note is there');
});
