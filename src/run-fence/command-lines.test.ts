// Which lines get a prompt.
import { expect, test } from 'vitest';
import { commandLines } from './command-lines.ts';

const starts = (...lines: string[]) => [...commandLines(lines.join('\n'))];

test.each([
  ['each command', ['cd ~/os', 'podman build .'], [0, 1]],
  ['not after a backslash', ['podman build \\', '  --tag x .', 'ls'], [0, 2]],
  ['not after a pipe or &&', ['ls |', 'wc', 'true &&', 'ls'], [0, 2]],
  ['not inside a here-document', ["cat <<'END' > a", 'text', '$ x', 'END', 'cat a'], [0, 4]],
  ['not inside open quotes', ["printf 'a", "b'", 'ls'], [0, 2]],
  ['not inside a loop', ['for i in 1 2; do', '  echo $i', 'done', 'ls'], [0, 3]],
  ['not inside if', ['if true', 'then', '  ls', 'fi', 'ls'], [0, 4]],
  ['not for comments and blank lines', ['# why', '', 'ls # done'], [2]],
  ['an escaped backslash ends a command', ['echo a\\\\', 'ls'], [0, 1]],
  ['a quote in a comment opens nothing', ["ls # it's", 'ls'], [0, 1]],
  ['a loop on one line', ['for t in 1 2; do echo $t; done', 'ls'], [0, 1]],
])('%s', (_, lines, expected) => {
  expect(starts(...lines)).toEqual(expected);
});
