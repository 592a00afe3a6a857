// A step begins with one heading.
import { expect, test } from 'vitest';
import { splitStep } from './split-step.ts';

test('parts heading and text', () => {
  expect(splitStep('\n<h2 id="a">A <code>b</code></h2>\n<p>text</p>', 'a', 'x.mdx')).toEqual({
    heading: '<h2 id="a">A <code>b</code></h2>',
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
