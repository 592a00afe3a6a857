// The record of bootc 1.16.9's lints as inputs and messages. They run on a fixture (--rootfs) and on the root of the base image.
// Each message is from the record, or follows from crates/lib/src/lints.rs and the parsers that it calls.

export interface LintCase {
  what: string;
  /** Shell script that runs in the root of a clean tree. */
  spoil: string;
  /** Everything that is printed: findings in order. Empty: nothing is found. */
  finds: string;
  /** What stderr says after `error: Linting: Unexpected runtime error running lint `; nothing is counted then. */
  breaks?: string;
  /** If present, the case applies only to a real root, or only with --rootfs. */
  only?: 'real' | 'rootfs';
  /** Flags of `podman run` for the real root. */
  mounts?: string[];
}

const warning = (lint: string, text: string) => `Lint warning: ${lint}: ${text}\n`;
const failed = (lint: string, text: string) => `Failed lint: ${lint}: ${text}\n`;
const list = (header: string, ...items: string[]) => `${header}:\n${items.map((item) => `  ${item}\n`).join('')}`;
const runtimeOnly = 'Found content in runtime-only directories (/run, /tmp)';
const noSysusers = (database: string) => `Found /etc/${database} entry without corresponding systemd sysusers.d`;
const passes = { finds: '' };

const places: LintCase[] = [
  { what: 'no sysroot', spoil: 'rmdir sysroot', finds: failed('baseimage-root', 'Missing /sysroot') },
  {
    what: 'no ostree link',
    spoil: 'rm ostree',
    finds: failed('baseimage-root', 'Missing ostree -> sysroot/ostree link'),
  },
  {
    what: 'absolute ostree link',
    spoil: 'ln -sfn /sysroot/ostree ostree',
    finds: failed('baseimage-root', 'Expected /ostree -> sysroot/ostree, not "/sysroot/ostree"'),
  },
  {
    what: 'a folder for ostree',
    spoil: 'rm ostree; mkdir ostree',
    finds: failed('baseimage-root', '/ostree should be a symlink'),
  },
  {
    what: 'a file for sysroot',
    spoil: 'rmdir sysroot; touch sysroot',
    finds: failed('baseimage-root', 'Expected a directory for /sysroot'),
  },
  {
    what: 'no prepare-root.conf',
    spoil: 'rm usr/lib/ostree/prepare-root.conf',
    finds: warning('baseimage-composefs', 'ostree/prepare-root.conf is not present to enable composefs'),
  },
  {
    what: 'composefs off',
    spoil: "printf '[composefs]\\nenabled = no\\n' > usr/lib/ostree/prepare-root.conf",
    finds: warning('baseimage-composefs', 'ostree/prepare-root.conf does not have composefs enabled'),
  },
  {
    what: 'files in /boot',
    spoil: 'touch boot/vmlinuz-6 boot/config-6',
    finds: warning('nonempty-boot', list('Found non-empty /boot', 'config-6', 'vmlinuz-6')),
  },
  { what: '/boot/EFI alone', spoil: 'mkdir boot/EFI', ...passes },
  {
    what: '/boot/EFI and a kernel',
    spoil: 'mkdir boot/EFI; touch boot/vmlinuz',
    finds: warning('nonempty-boot', list('Found non-empty /boot', 'vmlinuz')),
  },
  { what: 'no /boot', spoil: 'rmdir boot', finds: warning('nonempty-boot', 'Missing /boot directory') },
  {
    what: 'names with blanks are quoted as for a shell',
    spoil: `touch 'boot/a b' "boot/it's" boot/a-b_c`,
    finds: warning('nonempty-boot', list('Found non-empty /boot', "'a b'", 'a-b_c', `"it's"`)),
  },
  {
    what: '/usr/etc',
    spoil: 'mkdir usr/etc',
    finds: failed(
      'etc-usretc',
      'Found /usr/etc - this is a bootc implementation detail and not supported to use in containers',
    ),
  },
  {
    what: 'no /tmp',
    spoil: 'rm -r tmp',
    finds: failed('api-base-directories', 'Missing API filesystem base directory: /tmp'),
  },
  {
    what: '/tmp as a link',
    spoil: 'rm -r tmp; ln -s var/tmp tmp',
    finds: failed('api-base-directories', 'Expected directory for API filesystem base directory: /tmp'),
  },
  {
    what: 'an empty /etc/hostname',
    spoil: ': > etc/hostname',
    finds: warning(
      'buildah-injected',
      '/etc/hostname is an empty file; this may have been synthesized by a container runtime.',
    ),
    only: 'rootfs',
  },
  {
    what: 'a name that is not UTF-8',
    spoil: `mkdir -p usr/share; touch "$(printf 'usr/share/b\\377d')"`,
    finds: failed('utf8', '/usr/share: Found non-utf8 filename "b\\xFFd"'),
  },
  {
    what: 'a link to a name that is not UTF-8',
    spoil: `mkdir -p usr/share; ln -s "$(printf 'b\\377d')" usr/share/link`,
    finds: failed('utf8', '/usr/share/link: Found non-utf8 symlink target'),
  },
];

const runtimeFolders: LintCase[] = [
  {
    what: 'a lock in /run',
    spoil: 'mkdir -p run/lock/subsys',
    finds: warning('nonempty-run-tmp', list(runtimeOnly, '/run/lock', '/run/lock/subsys')),
  },
  {
    what: '/run/secrets in the image',
    spoil: 'mkdir run/secrets',
    finds: warning('nonempty-run-tmp', list(runtimeOnly, '/run/secrets')),
  },
  {
    what: 'the resolver file that a build leaves',
    spoil: 'mkdir -p run/systemd/resolve; touch run/systemd/resolve/stub-resolv.conf',
    ...passes,
  },
  {
    what: 'a tmpfs on /run',
    spoil: 'mkdir run/x; touch run/x/y',
    mounts: ['--mount', 'type=tmpfs,destination=/run'],
    only: 'real',
    ...passes,
  },
  {
    what: 'a tmpfs on /tmp',
    spoil: 'touch tmp/x',
    mounts: ['--mount', 'type=tmpfs,destination=/tmp'],
    only: 'real',
    ...passes,
  },
];

const accounts: LintCase[] = [
  {
    what: 'a user and a group that nothing declares',
    spoil: 'echo anna:x:1000:1000::/home/anna:/bin/sh >> etc/passwd; echo anna:x:1000: >> etc/group',
    finds: warning('sysusers', list(noSysusers('passwd'), 'anna') + list(noSysusers('group'), 'anna')),
  },
  {
    what: 'a user that only /etc/sysusers.d declares',
    spoil:
      'echo anna:x:1000:1000::/home/anna:/bin/sh >> etc/passwd; mkdir -p etc/sysusers.d; echo \'u anna - "Anna"\' > etc/sysusers.d/anna.conf',
    finds: warning('sysusers', list(noSysusers('passwd'), 'anna')),
  },
  {
    what: 'a membership declares nobody',
    spoil: "echo anna:x:1000:1000::/:/bin/sh >> etc/passwd; echo 'm anna root' > usr/lib/sysusers.d/anna.conf",
    finds: warning('sysusers', list(noSysusers('passwd'), 'anna')),
  },
  {
    what: 'a declared user, with tabs and quotes',
    spoil:
      'echo anna:x:1000:1000::/:/bin/sh >> etc/passwd; printf \'u!\\tanna\\t-\\t"Anna in the office"\\n\' > usr/lib/sysusers.d/anna.conf',
    ...passes,
  },
  {
    what: 'a broken line in /etc/passwd',
    spoil: "printf 'broken\\n' > etc/passwd",
    finds: '',
    breaks: 'sysusers: Failed to load etc/passwd: failed to parse passwd entry at line 0, content: broken',
  },
  {
    what: 'a broken line in /etc/group',
    spoil: "printf 'root:x:zero:\\n' > etc/group",
    finds: '',
    breaks: 'sysusers: Failed to load etc/group: failed to parse group entry at line 0, content: root:x:zero:',
  },
  {
    what: 'a sysusers line that lacks a field',
    spoil: "printf 'u anna\\n' > usr/lib/sysusers.d/anna.conf",
    finds: '',
    breaks: 'sysusers: Failed to parse sysusers entry from anna.conf: Failed to parse sysusers entry: u anna',
  },
];

const kernels: LintCase[] = [
  {
    what: 'two kernels',
    spoil: 'mkdir usr/lib/modules/9.9.9; touch usr/lib/modules/9.9.9/vmlinuz',
    finds: '',
    breaks: 'kernel: Found multiple subdirectories in usr/lib/modules',
  },
  { what: 'a second folder of modules without a kernel', spoil: 'mkdir usr/lib/modules/9.9.9', ...passes },
  { what: 'no kernel at all', spoil: 'rm -r usr/lib/modules', ...passes },
  ...(
    [
      ['kernel arguments that are not TOML', 'kargs = "a=b', true],
      ['kernel arguments that are not a list', 'kargs = "a=b"', true],
      ['an unknown key beside the kernel arguments', 'kargs = ["a=b"]\\nkarg = ["c"]', true],
      ['a string for match-architectures', 'kargs = ["a=b"]\\nmatch-architectures = "x86_64"', true],
      ['no kernel arguments in the file', 'match-architectures = ["x86_64"]', true],
      ['kernel arguments', 'kargs = ["a=b"]', false],
      ['kernel arguments for one architecture', 'kargs = ["a=b"]\\nmatch-architectures = ["aarch64"]', false],
    ] as const
  ).map(([what, toml, isBroken]) => ({
    what,
    spoil: `mkdir -p usr/lib/bootc/kargs.d; printf '${toml}\\n' > usr/lib/bootc/kargs.d/20-x.toml`,
    finds: '',
    ...(isBroken ? { breaks: 'bootc-kargs: Parsing 20-x.toml' } : {}),
  })),
];

const noTmpfiles = 'Found content in /var missing systemd tmpfiles.d entries';
const notOfVar = 'Found non-directory/non-symlink files in /var';

/** With --rootfs the lint var-tmpfiles is skipped. */
const variable: LintCase[] = [
  {
    what: 'logs',
    spoil: 'mkdir -p var/log/apt; echo x > var/log/apt/history.log',
    finds: warning('var-log', list('Found non-empty logfiles', '/var/log/apt/history.log')),
    only: 'rootfs',
  },
  {
    what: '/var/run as a folder',
    spoil: 'rm -f var/run; mkdir var/run',
    finds: failed('var-run', 'Not a symlink: var/run'),
  },
  {
    what: 'logs come before /var/run and before what tmpfiles.d lacks',
    spoil: 'rm -f var/run; mkdir var/run; echo x > var/log/dpkg.log',
    finds:
      warning('var-log', list('Found non-empty logfiles', '/var/log/dpkg.log')) +
      failed('var-run', 'Not a symlink: var/run') +
      warning('var-tmpfiles', list(notOfVar, 'var/log/dpkg.log')),
    only: 'real',
  },
  {
    what: 'a folder, a link and a file that no tmpfiles.d line names',
    spoil: "mkdir -m 750 'var/a b'; ln -s /x var/link; touch var/file",
    finds: warning(
      'var-tmpfiles',
      list(noTmpfiles, 'L /var/link - - - - /x', 'd /var/a\\x20b 0750 root root - -') + list(notOfVar, 'var/file'),
    ),
    only: 'real',
  },
  ...['d', 'e', 'z', 'x', 'a+', 'f'].map((type): LintCase => ({
    what: `what a line of the type ${type} names`,
    spoil: `mkdir var/x; echo '${type} /var/x 0755 root root -' > usr/lib/tmpfiles.d/x.conf`,
    only: 'real',
    ...passes,
  })),
  {
    what: 'a name with a blank, as \\x20 and in quotes',
    spoil: `mkdir 'var/a b' 'var/c d'; printf '%s\\n' 'd /var/a\\x20b - - - -' 'd "/var/c d" - - - -' > usr/lib/tmpfiles.d/x.conf`,
    only: 'real',
    ...passes,
  },
  {
    what: 'tmpfiles.d in /etc is not looked at',
    spoil: "mkdir -p var/x etc/tmpfiles.d; echo 'd /var/x - - - -' > etc/tmpfiles.d/x.conf",
    finds: warning('var-tmpfiles', list(noTmpfiles, 'd /var/x 0755 root root - -')),
    only: 'real',
  },
  {
    what: 'an owner without a name',
    spoil: 'mkdir var/x; chown 4242 var/x',
    finds: '',
    breaks: 'var-tmpfiles: User not found for id 4242',
    only: 'real',
  },
  {
    what: 'a group without a name',
    spoil: 'mkdir var/x; chgrp 4242 var/x',
    finds: '',
    breaks: 'var-tmpfiles: Group not found for id 4242',
    only: 'real',
  },
];

export const lintCases: LintCase[] = [...places, ...runtimeFolders, ...accounts, ...kernels, ...variable];

/**
 * What the command prints for a case.
 * @param lints how many lints run on this kind of root
 */
export function expectedOf({ finds, breaks }: LintCase, lints: number): { status: number; out: string; err: string } {
  const fatal = (finds.match(/^Failed lint: /gm) ?? []).length;
  const warnings = (finds.match(/^Lint warning: /gm) ?? []).length;
  if (breaks !== undefined)
    return { status: 1, out: finds, err: `error: Linting: Unexpected runtime error running lint ${breaks}\n` };
  const counts = `Checks passed: ${lints - fatal - warnings}\nChecks skipped: 1\n`;
  return {
    status: fatal > 0 ? 1 : 0,
    out: finds + counts + (warnings > 0 ? `Warnings: ${warnings}\n` : ''),
    err: fatal > 0 ? `error: Linting: Checks failed: ${fatal}\n` : '',
  };
}
