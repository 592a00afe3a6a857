// No two buttons in different steps have the same name.
import { parse } from 'node-html-parser';
import { expect, test } from 'vitest';
import { distinctNames } from './distinct-names.ts';

const button = (of: string) => `<button data-of="${of}" aria-label="Run: ${of}">Run</button>`;
const step = (title: string, content: string) => `<lab-step><h2>${title}</h2>${content}</lab-step>`;

const namesIn = (html: string) =>
  parse(distinctNames(html))
    .querySelectorAll('button')
    .map((one) => [one.getAttribute('aria-label'), one.getAttribute('data-of')]);

test('the same command in two steps is told apart by the steps’ titles', () =>
  expect(
    namesIn(step('Look', button('cat &quot;a&quot;')) + step('Look &amp; compare', button('cat &quot;a&quot;'))),
  ).toEqual([
    ['Run: cat "a", Look', 'cat "a", Look'],
    ['Run: cat "a", Look & compare', 'cat "a", Look & compare'],
  ]));

test('a name that is there once stays short', () =>
  expect(namesIn(step('Look', button('ls') + button('id')))).toEqual([
    ['Run: ls', 'ls'],
    ['Run: id', 'id'],
  ]));

test('outside of a step there is no title to add', () =>
  expect(namesIn(button('ls') + button('ls'))).toEqual([
    ['Run: ls', 'ls'],
    ['Run: ls', 'ls'],
  ]));
