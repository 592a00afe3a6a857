// A step begins with one heading, after which the step's parts are named.
import { expect, test } from 'vitest';
import { nameOfStep, splitStep } from './split-step.ts';

test('separates heading and text', () => {
  expect(splitStep('\n<h2 id="a">A <code>b</code></h2>\n<p>text</p>', 'a', 'x.mdx')).toEqual({
    heading: '<h2 id="a">A <code>b</code></h2>',
    title: 'A b',
    text: '\n<p>text</p>',
  });
});

test.each([
  ['<p>text</p>', 'found "<p>text</p>"'],
  ['', 'found nothing'],
  ['<h2>a</h2><h2>b</h2>', 'found a second h2'],
])('refuses %j', (html, message) => {
  expect(() => splitStep(html, 'a', 'x.mdx')).toThrow(`x.mdx: <Step id="a">: ${message}`);
});

test('the words of a heading contain no elements and no entities', () => {
  expect(splitStep('<h2>Look &amp; <code>see</code></h2>', 'a', 'x.mdx').title).toBe('Look & see');
});

test('parts that every step has are named after their step', () => {
  const html = '<summary data-of-step>Show a hint</summary><button disabled data-of-step="true">Do it</button>';
  expect(nameOfStep(html, (words) => `${words}: "a" & b`)).toBe(
    '<summary aria-label="Show a hint: &quot;a&quot; &amp; b">Show a hint</summary>' +
      '<button disabled aria-label="Do it: &quot;a&quot; &amp; b">Do it</button>',
  );
});
