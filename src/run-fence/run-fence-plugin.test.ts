// Runs the plugin in Expressive Code's own engine, with pages and labs made for the test.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ExpressiveCode, ExpressiveCodeTheme } from 'expressive-code';
import { toHtml } from '@expressive-code/core/hast';
import { parse } from 'node-html-parser';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { codeThemes } from './code-themes.ts';
import { languageAliases, ownGrammars } from './known-languages.ts';
import { readPageFences } from './page-fences.ts';
import { runFencePlugin } from './run-fence-plugin.ts';

let root = '';

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'run-fence-'));
  write('labs/trial/lab.yaml', 'title: Trial\nmachines:\n  - name: web\n  - name: client\n');
  write('labs/trial/files/Containerfile.1', 'FROM base\nRUN true\n');
});
afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, text: string): string {
  const absolute = path.join(root, file);
  mkdirSync(path.dirname(absolute), { recursive: true });
  writeFileSync(absolute, text);
  return absolute;
}

/** Renders all fences of a page as the site's build does, and returns the HTML, parsed. */
async function render(text: string, { lab = 'trial', name = 'content/docs/build/a.mdx' } = {}) {
  const source = `---\ntitle: A\n${lab === '' ? '' : `type: lesson\nlab: ${lab}\n`}---\n${text}`;
  const sourceFilePath = write(name, source);
  const engine = new ExpressiveCode({
    themes: codeThemes.map((theme) => new ExpressiveCodeTheme(theme)),
    frames: false,
    plugins: [runFencePlugin(root)],
    shiki: { langs: ownGrammars, langAlias: languageAliases },
  });
  const html: string[] = [];
  for (const [groupIndex, { code, language, meta }] of readPageFences(source).entries()) {
    const parentDocument = { sourceFilePath, positionInDocument: { groupIndex } };
    const { renderedGroupAst } = await engine.render({ code, language, meta, parentDocument });
    html.push(toHtml(renderedGroupAst));
  }
  return { html: html.join('\n'), page: parse(html.join('\n'), { blockTextElements: { script: true, style: true } }) };
}

test('a run block carries what the panel and the lesson runner need, and its buttons wait for a script', async () => {
  const { page } = await render('```sh run machine=client exit=3 timeout=7 id=fail\nfalse\ntrue\n```');
  const block = page.querySelector('lab-run');
  expect(block?.attributes).toMatchObject({
    'data-block': 'build/a#fail',
    'data-machine': 'client',
    'data-exit': '3',
    'data-timeout': '7',
    'data-command': 'false\ntrue',
  });
  expect(block?.querySelector('.fence-label')?.text).toBe('client');
  expect(block?.querySelector('[data-run]')?.hasAttribute('disabled')).toBe(true);
  expect(block?.querySelectorAll('.ec-line.command')).toHaveLength(2);
});

test('the first machine is the default, and the id is a hash with a number for repeated commands', async () => {
  const { page } = await render('```sh run\nls\n```\n\n```sh run\nls\n```\n\n```sh run machine=client\nls\n```');
  const ids = page.querySelectorAll('lab-run').map((block) => block.getAttribute('data-block'));
  expect(ids[0]).toMatch(/^build\/a#[0-9a-f]{8}$/);
  expect(ids[1]).toBe(`${ids[0]}-2`);
  expect(ids[2]).not.toBe(ids[0]);
  expect(page.querySelectorAll('lab-run').map((block) => block.getAttribute('data-machine'))).toEqual([
    'web',
    'web',
    'client',
  ]);
});

test('a block may be done at a text, and a block of keys is typed as keys', async () => {
  const { page } = await render(
    '```sh run until="Please enter \\"it\\""\nsystemctl reboot\n```\n\n```keys run id=unlock until="login:"\ncorrect horse\n```',
  );
  const [reboot, unlock] = page.querySelectorAll('lab-run');
  expect(reboot?.getAttribute('data-until')).toBe('Please enter "it"');
  expect(reboot?.hasAttribute('data-keys')).toBe(false);
  expect(unlock?.attributes).toMatchObject({
    'data-block': 'build/a#unlock',
    'data-command': 'correct horse',
    'data-keys': '',
    'data-until': 'login:',
  });
  expect(unlock?.querySelector('[data-run]')?.text).toBe('Type it');
  expect(unlock?.querySelectorAll('.ec-line.command')).toHaveLength(0);
});

test('a file block shows the file and installs it', async () => {
  const { page } = await render('```dockerfile file="trial/Containerfile.1" put="~/os/Containerfile"\n```');
  const block = page.querySelector('lab-run');
  expect(block?.querySelectorAll('.ec-line').map((line) => line.text)).toEqual(['FROM base', 'RUN true']);
  expect(block?.getAttribute('data-command')).toBe(
    'install -D -m 644 /usr/share/lab/files/Containerfile.1 ~/os/Containerfile',
  );
  expect(block?.getAttribute('data-put')).toBe('~/os/Containerfile');
  expect(block?.querySelector('[data-run]')?.text).toBe('Put it there');
});

test('an executable file stays executable, one without put= is only shown', async () => {
  chmodSync(write('labs/trial/files/bin/tool', '#!/bin/sh\n'), 0o755);
  const { page } = await render(
    '```sh file="trial/bin/tool" put="/usr/local/bin/tool"\n```\n\n```sh file="trial/bin/tool"\n```',
  );
  expect(page.querySelector('lab-run')?.getAttribute('data-command')).toContain('-m 755 /usr/share/lab/files/bin/tool');
  expect(page.querySelectorAll('lab-run')).toHaveLength(1);
  expect(page.querySelector('figure.fence .fence-label')?.text).toBe('trial/bin/tool');
});

test('words with hyphens do not break and are copied unchanged', async () => {
  const { page } = await render('```sh run\npodman run --rm eu-os ls -l\n```');
  expect(page.querySelectorAll('.whole').map((word) => word.text)).toEqual(['--rm', 'eu-os', '-l']);
  expect(page.querySelector('.ec-line')?.text).toBe('podman run --rm eu-os ls -l');
});

test('hostile text stays text', async () => {
  const command = `echo "a" 'b' </script><script>alert(1)</script> & <img src=x onerror=alert(1)>`;
  const { html, page } = await render(
    `\`\`\`sh run id=x\n${command}\n\`\`\`\n\n\`\`\`text title="<b>t</b>"\n${command}\n\`\`\``,
  );
  expect(page.querySelector('lab-run')?.getAttribute('data-command')).toBe(command);
  expect(page.querySelectorAll('script, img, b')).toHaveLength(0);
  expect(html).not.toContain(root);
});

test.each([
  [
    '```sh run machine=db\nls\n```',
    'content/docs/build/a.mdx:8: found machine=db, expected a machine of the lab trial: web, client',
  ],
  ['```sh runn\nls\n```', 'content/docs/build/a.mdx:8: found the option "runn"'],
  ['```klingon\nls\n```', 'content/docs/build/a.mdx:8: found the language "klingon", expected one of: bash'],
  ['```sh run\n\n```', 'content/docs/build/a.mdx:8: found an empty run block'],
  ['```sh run\nprintf "\u001b[201~"\n```', 'content/docs/build/a.mdx:8: found the control character U+001b'],
  [
    '```text file="trial/gone"\n```',
    'content/docs/build/a.mdx:8: found file=trial/gone, expected the file labs/trial/files/gone to exist',
  ],
  ['```keys run\nyes\nno\n```', 'content/docs/build/a.mdx:8: found a tab or a second line in a fence keys'],
  ['```text file="trial/Containerfile.1"\ntwice\n```', 'content/docs/build/a.mdx:8: found text in the body'],
])('stops the build at %j', async (fence, message) => {
  await expect(render(`first\n\n${fence}`)).rejects.toThrow(message);
});

test('the length of a command is limited', async () => {
  const fence = `\`\`\`sh run\n${'a'.repeat(40_000)}\n\`\`\``;
  await expect(render(fence)).rejects.toThrow('found a command of 40000 bytes, expected at most 32768');
});

test('a run block needs a lesson with a lab', async () => {
  await expect(render('```sh run\nls\n```', { lab: '' })).rejects.toThrow(
    'content/docs/build/a.mdx:4: found a run block on a page without a lab',
  );
  await expect(render('```sh run\nls\n```', { lab: 'gone' })).rejects.toThrow('labs/gone/lab.yaml');
});

test('two blocks with one id stop the build', async () => {
  await expect(render('```sh run id=a\nls\n```\n\n```sh run id=a\npwd\n```')).rejects.toThrow('found id=a twice');
});
