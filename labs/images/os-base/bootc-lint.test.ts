// Holds the bootc stand-in to the record of bootc 1.16.9 on Debian 13: messages, order, truncation, counts, exit statuses.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

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
  put('usr/lib/sysusers.d/base.conf', 'u sshd - "sshd user" /run/sshd\ng ssh-users - -\n');
  put('usr/lib/ostree/prepare-root.conf', '[composefs]\nenabled = true\n');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function run(...args: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync('python3', [bootc, ...args], { encoding: 'utf8' });
  return { status, out: stdout, err: stderr };
}

const lint = (...args: string[]) => run('container', 'lint', '--rootfs', root, ...args);

test('a clean tree: 13 passed, the lint of / alone skipped, exit 0', () => {
  expect(lint()).toEqual({ status: 0, out: 'Checks passed: 13\nChecks skipped: 1\n', err: '' });
});

describe('each lint says what bootc says', () => {
  test.each<[string, () => void, string]>([
    [
      'no sysroot',
      () => rmSync(join(root, 'sysroot'), { recursive: true }),
      'Failed lint: baseimage-root: Missing /sysroot\n',
    ],
    [
      'no ostree link',
      () => rmSync(join(root, 'ostree')),
      'Failed lint: baseimage-root: Missing ostree -> sysroot/ostree link\n',
    ],
    [
      'absolute ostree link',
      () => {
        rmSync(join(root, 'ostree'));
        symlinkSync('/sysroot/ostree', join(root, 'ostree'));
      },
      'Failed lint: baseimage-root: Expected /ostree -> sysroot/ostree, not "/sysroot/ostree"\n',
    ],
    [
      'a folder for ostree',
      () => {
        rmSync(join(root, 'ostree'));
        folder('ostree');
      },
      'Failed lint: baseimage-root: /ostree should be a symlink\n',
    ],
    [
      'a file for sysroot',
      () => {
        rmSync(join(root, 'sysroot'), { recursive: true });
        put('sysroot');
      },
      'Failed lint: baseimage-root: Expected a directory for /sysroot\n',
    ],
    [
      'no prepare-root.conf',
      () => rmSync(join(root, 'usr/lib/ostree/prepare-root.conf')),
      'Lint warning: baseimage-composefs: ostree/prepare-root.conf is not present to enable composefs\n',
    ],
    [
      'composefs off',
      () => put('usr/lib/ostree/prepare-root.conf', '[composefs]\nenabled = no\n'),
      'Lint warning: baseimage-composefs: ostree/prepare-root.conf does not have composefs enabled\n',
    ],
    [
      'files in /boot',
      () => ['vmlinuz-6', 'config-6'].forEach((name) => put(`boot/${name}`)),
      'Lint warning: nonempty-boot: Found non-empty /boot:\n  config-6\n  vmlinuz-6\n\n',
    ],
    [
      'no /boot',
      () => rmSync(join(root, 'boot'), { recursive: true }),
      'Lint warning: nonempty-boot: Missing /boot directory\n',
    ],
    [
      'a lock in /run',
      () => folder('run/lock/subsys'),
      'Lint warning: nonempty-run-tmp: Found content in runtime-only directories (/run, /tmp):\n  /run/lock\n  /run/lock/subsys\n\n',
    ],
    [
      'a user of useradd',
      () => {
        put('etc/passwd', 'root:x:0:0::/:/bin/sh\nanna:x:1000:1000::/home/anna:/bin/sh\n');
        put('etc/group', 'root:x:0:\nanna:x:1000:\n');
      },
      'Lint warning: sysusers: Found /etc/passwd entry without corresponding systemd sysusers.d:\n  anna\n' +
        'Found /etc/group entry without corresponding systemd sysusers.d:\n  anna\n\n',
    ],
    [
      'logs',
      () => put('var/log/apt/history.log', 'x'),
      'Lint warning: var-log: Found non-empty logfiles:\n  /var/log/apt/history.log\n\n',
    ],
    ['/var/run a folder', () => folder('var/run'), 'Failed lint: var-run: Not a symlink: var/run\n'],
    [
      '/usr/etc',
      () => folder('usr/etc'),
      'Failed lint: etc-usretc: Found /usr/etc - this is a bootc implementation detail and not supported to use in containers\n',
    ],
    [
      'no /tmp',
      () => rmSync(join(root, 'tmp'), { recursive: true }),
      'Failed lint: api-base-directories: Missing API filesystem base directory: /tmp\n',
    ],
    [
      'an empty /etc/hostname',
      () => put('etc/hostname'),
      'Lint warning: buildah-injected: /etc/hostname is an empty file; this may have been synthesized by a container runtime.\n',
    ],
    [
      'a name that is no UTF-8',
      () => {
        folder('usr/share');
        execFileSync('python3', [
          '-c',
          'import sys; open(sys.argv[1].encode() + b"/b\\xffd", "w")',
          join(root, 'usr/share'),
        ]);
      },
      'Failed lint: utf8: /usr/share: Found non-utf8 filename "b\\xFFd"\n',
    ],
  ])('%s', (_what, spoil, message) => {
    spoil();
    const { status, out, err } = lint();
    const fatal = message.startsWith('Failed');
    expect(out).toBe(`${message}Checks passed: 12\nChecks skipped: 1\n${fatal ? '' : 'Warnings: 1\n'}`);
    expect(err).toBe(fatal ? 'error: Linting: Checks failed: 1\n' : '');
    expect(status).toBe(fatal ? 1 : 0);
  });
});

describe('lints that end the run', () => {
  test('two kernels', () => {
    folder('usr/lib/modules/6.12.2');
    expect(lint()).toEqual({
      status: 1,
      out: '',
      err: 'error: Linting: Unexpected runtime error running lint kernel: Found multiple subdirectories in usr/lib/modules\n',
    });
  });

  test('kernel arguments that are no TOML', () => {
    put('usr/lib/bootc/kargs.d/20-x.toml', 'kargs = "a=b\n');
    expect(lint().err).toBe('error: Linting: Unexpected runtime error running lint bootc-kargs: Parsing 20-x.toml\n');
  });

  test('kernel arguments that are well-formed pass', () => {
    put('usr/lib/bootc/kargs.d/20-x.toml', 'kargs = ["a=b"]\n');
    expect(lint().status).toBe(0);
  });
});

test('not seen by bootc either: a kernel folder without kernel, no kernel at all', () => {
  rmSync(join(root, 'usr/lib/modules'), { recursive: true });
  expect(lint().out).toBe('Checks passed: 13\nChecks skipped: 1\n');
});

test('lists show five entries, all with --no-truncate', () => {
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

test('--skip leaves a lint out, also several', () => {
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
  expect(out).toContain('  root-type: Running\n');
  expect(out).toContain('  root-type: Alternative\n');
});

describe('the command line', () => {
  test('says whose it is', () => {
    const { status, out } = run('--version');
    expect(status).toBe(0);
    expect(out).toBe('bootc stand-in of EU OS Labs 0.1.0 (behaves like bootc 1.16.9 where recorded)\n');
    expect(run('--help').out).toContain('This is not bootc.');
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
  ])('%s: what it is, and that it comes later, exit 1', (...args) => {
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
