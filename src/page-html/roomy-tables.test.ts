// A table gets a box with a name; words in code do not break; the rest of the page is unchanged.
import { expect, test } from 'vitest';
import { roomyTables } from './roomy-tables.ts';

const made = (html: string) => roomyTables(html, 'Page', (heading) => `Table: ${heading}`);

test('a table is put into a box that takes the focus and is named after the heading', () => {
  expect(made('<h2 id="a">What <em>survives</em></h2><p>x</p><table><tr><td>1</td></tr></table>')).toBe(
    '<h2 id="a">What <em>survives</em></h2><p>x</p>' +
      '<div class="table-box" role="region" tabindex="0" aria-label="Table: What survives"><table><tr><td>1</td></tr></table></div>',
  );
});

test('a table above all headings is named after the page', () =>
  expect(made('<table></table>')).toContain('aria-label="Table: Page"'));

test('a name with quotes remains one attribute', () => {
  expect(made('<h3>The "best" &amp; only</h3><table></table>')).toMatch(
    /aria-label="Table: The &quot;best&quot; &(amp;)? only"/,
  );
});

test('words with hyphens in inline code are kept whole, up to the length of a phone’s line', () => {
  expect(made('<p>Try <code>ls -l --all /tmp</code></p>')).toBe(
    '<p>Try <code>ls <span class="whole">-l</span> <span class="whole">--all</span> /tmp</code></p>',
  );
  expect(made('<code>docs/&lt;x&gt;.mdx</code>')).toBe('<code>docs/<span class="whole">&lt;x&gt;.mdx</span></code>');
  const long = `--${'x'.repeat(30)}`;
  expect(made(`<code>${long}</code>`)).toBe(`<code>${long}</code>`);
});

test.each([
  '<pre><code>ls -l\n  --all</code></pre>',
  '<code>a <a href="/x-y/">b-c</a></code>',
  '<script type="application/json">{"a":"<table>"}</script><!-- <table> -->',
  '<lab-run data-command="echo &lt;table&gt; &quot;x&quot;"><p>5 &lt; 6 &amp; 7</p></lab-run>',
  '<svg viewBox="0 0 1 1"><path d="M0 0"></path></svg><br><img src="a.png" alt="">',
])('leaves alone %s', (html) => expect(made(html)).toBe(html));
