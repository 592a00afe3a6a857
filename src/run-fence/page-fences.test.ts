// Fences of a page and their lines.
import { expect, test } from 'vitest';
import { readPageFences } from './page-fences.ts';

test('finds fences with line, language, meta and text', () => {
  const source = [
    '---',
    'title: x',
    '---',
    '',
    '```sh run id=a',
    'echo 1',
    'echo 2',
    '```',
    '',
    '~~~~yaml',
    '```',
    '~~~~',
  ].join('\n');
  expect(readPageFences(source)).toEqual([
    { line: 5, language: 'sh', meta: 'run id=a', code: 'echo 1\necho 2' },
    { line: 10, language: 'yaml', meta: '', code: '```' },
  ]);
});

test('removes the indentation of a fence inside a component from its lines', () => {
  expect(readPageFences('<Step>\n  ```sh\n  if true; then\n    echo\n  fi\n  ```\n</Step>')).toEqual([
    { line: 2, language: 'sh', meta: '', code: 'if true; then\n  echo\nfi' },
  ]);
});

test('reads an empty fence and one that is not closed', () => {
  expect(readPageFences('```sh\n```\n```toml\na = 1')).toEqual([
    { line: 1, language: 'sh', meta: '', code: '' },
    { line: 3, language: 'toml', meta: '', code: 'a = 1' },
  ]);
});
