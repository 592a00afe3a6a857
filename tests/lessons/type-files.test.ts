// Typing instead of pressing buttons: what a page must say, what is typed, and that the chapter on images says it.
import { describe, expect, test } from 'vitest';
import { readLessonPage, type LessonPage } from './lesson-page.ts';
import { NoWords, typedPage } from './type-files.ts';

const line = (text: string) => `<div class="ec-line"><div class="code">${text}</div></div>`;

function page(words: string, put = '~/os/files/run'): LessonPage {
  const found = readLessonPage(`<lab-page data-lesson="build/x" data-lab="build-image"><h1>X</h1>
    <lab-step data-step="one">${words}
      <lab-run data-block="build/x#a" data-machine="workstation" data-command="install …" data-put="${put}">
        <figure><pre><code>${line('#!/bin/sh')}${line('<span class="indent">  </span>echo <span>&quot;a &lt; b&quot;</span>')}${line('\n')}${line('exit')}</code></pre></figure>
      </lab-run>
      <lab-run data-block="build/x#b" data-machine="workstation" data-command="true"></lab-run>
    </lab-step></lab-page>`);
  if (found === undefined) throw new Error('found no lesson, expected one');
  return found;
}

const how = `<p>Make its folder with <code>mkdir -p ~/os</code>, then <code>cat &gt; ~/os/x &lt;&lt;'EOF'</code>.</p>`;
const commands = (typedOne: LessonPage) =>
  typedOne.steps.flatMap(({ items }) => items.flatMap((item) => (item.kind === 'run' ? [item.command] : [])));

describe('a page that puts a file by a button', () => {
  test('cannot be typed when the text does not say how', () => {
    expect(() => typedPage(page('<p>Press the button.</p>'))).toThrow(NoWords);
    expect(() => typedPage(page('<p>Use <code>mkdir -p ~/os</code>.</p>'))).toThrow(/1 files that a button puts/);
  });

  test('is typed line by line; other blocks stay as they are', () => {
    expect(commands(typedPage(page(how)))).toEqual([
      `mkdir -p ~/os/files\ncat > ~/os/files/run <<'EOF'\n#!/bin/sh\n  echo "a < b"\n\nexit\nEOF`,
      'true',
    ]);
  });

  test.each(['~/run', '/etc/run', '/etc/systemd/system/run'])('no folder has to be made for %s', (put) => {
    const said = page(`<p>Type <code>cat &gt; ${put} &lt;&lt;'EOF'</code>.</p>`, put);
    expect(commands(typedPage(said))[0]).toMatch(new RegExp(`^cat > ${put} `));
    expect(() => typedPage(page('<p>Press the button.</p>', put))).toThrow(NoWords);
  });

  test('makes a program executable when the page says so, and only then', () => {
    const said = page(`${how}<p>Then <code>chmod 755 ~/os/files/run</code>.</p>`);
    expect(commands(typedPage(said))[0]).toMatch(/\nEOF\nchmod 755 ~\/os\/files\/run$/);
  });

  test('only the page’s own text counts, not that of a block', () => {
    const inBlock = page(
      `<lab-run data-block="build/x#c" data-machine="m" data-command="x"><pre>mkdir -p a; cat > b <<'EOF'</pre></lab-run>`,
    );
    expect(() => typedPage(inBlock)).toThrow(NoWords);
  });
});

test('a page without files needs no words', () => {
  const plain = { lesson: 'a/b', lab: 'l', title: 'T', words: '', steps: [{ id: 's', items: [] }] };
  expect(typedPage(plain)).toEqual(plain);
});
