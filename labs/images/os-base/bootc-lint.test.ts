// Holds the bootc stand-in to the record of bootc 1.16.9 with --rootfs: messages, order, truncation, counts, exit statuses.
// The same record on a real root: tests/machines/bootc-lint.test.ts.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectedOf, lintCases } from '../../../tests/support/bootc-lint-cases.ts';

const bootc = join(import.meta.dirname, 'files/usr/bin/bootc');

let root: string;

function put(path: string, content = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

function folder(...paths: string[]): void {
  for (const path of paths) mkdirSync(join(root, path), { recursive: true });
}

/** A tree in which no lint finds anything. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bootc-lint-'));
  folder('boot', 'dev', 'proc', 'sys', 'run', 'tmp', 'var/log', 'sysroot', 'usr/lib/modules/6.12.1');
  symlinkSync('sysroot/ostree', join(root, 'ostree'));
  put('etc/passwd', 'root:x:0:0:root:/root:/bin/bash\nsshd:x:990:65534::/run/sshd:/usr/sbin/nologin\n');
  put('etc/group', 'root:x:0:\nssh-users:x:990:\n');
  put('usr/lib/modules/6.12.1/vmlinuz');
  mkdirSync(join(root, 'usr/lib/tmpfiles.d'));
  put('usr/lib/sysusers.d/base.conf', 'u root 0 "Super User"\nu sshd - "sshd user" /run/sshd\ng ssh-users - -\n');
  put('usr/lib/ostree/prepare-root.conf', '[composefs]\nenabled = true\n');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function run(...args: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync('python3', [bootc, ...args], { encoding: 'utf8' });
  return { status, out: stdout, err: stderr };
}

const lint = (...args: string[]) => run('container', 'lint', '--rootfs', root, ...args);

test('a clean tree: 13 passed, the lint that is only for / skipped, exit 0', () => {
  expect(lint()).toEqual({ status: 0, out: 'Checks passed: 13\nChecks skipped: 1\n', err: '' });
});

test.each(lintCases.filter(({ only }) => only !== 'real'))('the record: $what', (lintCase) => {
  execFileSync('sh', ['-ec', lintCase.spoil], { cwd: root });
  expect(lint()).toEqual(expectedOf(lintCase, 13));
});

test('lists show five entries, or all of them with --no-truncate', () => {
  for (let number = 1; number <= 7; number++) put(`boot/file${number}`);
  expect(lint().out).toContain('  file5\n  ...and 2 more\n\n');
  expect(lint().out).not.toContain('file6');
  expect(lint('--no-truncate').out).toContain('  file6\n  file7\n\n');
});

test('quick lints by name first, then those that walk the tree; --fatal-warnings counts warnings as failures', () => {
  put('boot/vmlinuz');
  put('var/log/dpkg.log', 'x');
  rmSync(join(root, 'sysroot'), { recursive: true });
  put('tmp/x');
  const { status, out, err } = lint('--fatal-warnings');
  expect([...out.matchAll(/^(?:Failed lint|Lint warning): ([a-z-]+):/gm)].map((match) => match[1])).toEqual([
    'baseimage-root',
    'nonempty-boot',
    'nonempty-run-tmp',
    'var-log',
  ]);
  expect(out).toContain('Checks passed: 9\nChecks skipped: 1\nWarnings: 3\n');
  expect(err).toBe('error: Linting: Checks failed: 4\n');
  expect(status).toBe(1);
});

test('--skip leaves out one lint or several', () => {
  put('boot/vmlinuz');
  put('tmp/x');
  expect(lint('--fatal-warnings', '--skip', 'nonempty-boot', '--skip=nonempty-run-tmp')).toEqual({
    status: 0,
    out: 'Checks passed: 11\nChecks skipped: 3\n',
    err: '',
  });
});

test('--list names 14 lints in the order of the record, with their kind', () => {
  const { status, out } = run('container', 'lint', '--list');
  expect(status).toBe(0);
  expect([...out.matchAll(/^- name: (.*)\n {2}type: (.*)$/gm)].map((match) => `${match[1]} ${match[2]}`)).toEqual([
    'bootc-kargs fatal',
    'kernel fatal',
    'var-log warning',
    'var-run fatal',
    'api-base-directories fatal',
    'sysusers warning',
    'baseimage-composefs warning',
    'etc-usretc fatal',
    'var-tmpfiles warning',
    'nonempty-boot warning',
    'baseimage-root fatal',
    'buildah-injected warning',
    'nonempty-run-tmp warning',
    'utf8 fatal',
  ]);
  // Every description says what the lint looks at and why it matters; several lines are a block.
  expect(out).toContain('- name: kernel\n  type: fatal\n  description: |-\n    Check for several kernels');
  const descriptions = out.split('- name: ').slice(1);
  expect(descriptions.filter((text) => text.split('\n').length < 5).map((text) => text.split('\n')[0])).toEqual([
    'bootc-kargs',
    'var-run',
  ]);
  expect(out).toContain('  root-type: Running\n');
  expect(out).toContain('  root-type: Alternative\n');
});

describe('the command line', () => {
  test('says whose program it is', () => {
    const { status, out } = run('--version');
    expect(status).toBe(0);
    expect(out).toBe('bootc stand-in of EU OS Labs 0.2.0 (follows bootc 1.16.9 as far as the record goes)\n');
    expect(run('--help').out).toContain('This is not bootc.');
    expect(run('--help').out).toContain('as far as the record goes');
  });

  test('without a command: help on stderr, exit 2', () => {
    const { status, out, err } = run();
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain('Usage: bootc <COMMAND>');
  });

  test.each([
    ['upgrade'],
    ['update'],
    ['switch', 'a'],
    ['status'],
    ['install', 'to-disk', '/dev/x'],
    ['container', 'inspect'],
  ])('%s: says what it is for and that it comes later, exit 1', (...args) => {
    const { status, out, err } = run(...args);
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toMatch(/is not in this stand-in yet: it comes with a later lab/);
  });

  test.each([
    [['foo'], "unrecognized subcommand 'foo'"],
    [['container', 'lint', '--foo'], "unexpected argument '--foo' found"],
  ])('wrong usage: %s, exit 2', (args, message) => {
    const { status, err } = run(...args);
    expect(status).toBe(2);
    expect(err.split('\n')[0]).toBe(`error: ${message}`);
    expect(err).toContain("For more information, try '--help'.");
  });
});
