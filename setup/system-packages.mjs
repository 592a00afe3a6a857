// What comes from the system's package manager and why, and its installation, which is announced first and confirmed where
// somebody can be asked. Plain JavaScript, because the compiler is needed before the npm libraries.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';

/**
 * @typedef {object} SystemPackage
 * @property {string[]} anyOf programs or absolute paths; if one of them exists, nothing is missing
 * @property {string} apt name for apt-get
 * @property {string | undefined} dnf name for dnf; undefined: not available there, and not needed
 * @property {string} why ends the sentence "… is needed to"
 */

// node-pty has no ready-made binary for Linux.
/** @type {SystemPackage[]} */
export const compilerPackages = [
  { anyOf: ['python3'], apt: 'python3', dnf: 'python3', why: 'compile node-pty (the terminals)' },
  { anyOf: ['make'], apt: 'make', dnf: 'make', why: 'compile node-pty' },
  { anyOf: ['g++'], apt: 'g++', dnf: 'gcc-c++', why: 'compile node-pty' },
];

// crun refuses hybrid cgroups: there the right one is runc, everywhere else crun.
const pureCgroup2 = existsSync('/sys/fs/cgroup/cgroup.controllers');

/** @type {SystemPackage[]} */
export const sandboxPackages = [
  { anyOf: ['podman'], apt: 'podman', dnf: 'podman', why: 'start the sandboxes' },
  pureCgroup2
    ? { anyOf: ['crun'], apt: 'crun', dnf: 'crun', why: 'run containers (cgroup v2)' }
    : { anyOf: ['runc'], apt: 'runc', dnf: 'runc', why: 'run containers (cgroup v1 or hybrid)' },
  { anyOf: ['newuidmap'], apt: 'uidmap', dnf: 'shadow-utils', why: 'give each sandbox its own users' },
  { anyOf: ['skopeo'], apt: 'skopeo', dnf: 'skopeo', why: 'read image digests' },
  { anyOf: ['mmdebstrap'], apt: 'mmdebstrap', dnf: 'mmdebstrap', why: 'build the lab images from Debian packages' },
  {
    anyOf: ['/usr/share/keyrings/debian-archive-keyring.gpg'],
    apt: 'debian-archive-keyring',
    dnf: 'debian-keyring',
    why: 'verify those packages',
  },
  { anyOf: ['mkfs.ext4'], apt: 'e2fsprogs', dnf: 'e2fsprogs', why: 'limit the disk of a sandbox' },
];

/** @type {SystemPackage[]} */
export const testPackages = [
  { anyOf: ['chromium', 'chromium-browser'], apt: 'chromium', dnf: 'chromium', why: 'run the browser tests' },
];

/**
 * @param {SystemPackage[]} packages
 * @returns {SystemPackage[]}
 */
export function missingPackages(packages) {
  return packages.filter(
    (item) =>
      !item.anyOf.some((name) => (name.startsWith('/') ? existsSync(name) : isProgram(name))) &&
      (manager() !== 'dnf' || item.dnf !== undefined),
  );
}

/**
 * Also looks in the folders of administration programs, which an ordinary user's PATH often lacks.
 * @param {string} name
 */
export function isProgram(name) {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(path.join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** @returns {'apt-get' | 'dnf' | undefined} */
export function manager() {
  if (isProgram('apt-get')) return 'apt-get';
  return isProgram('dnf') ? 'dnf' : undefined;
}

/**
 * @param {SystemPackage[]} packages
 * @returns {string} the command that installs them, as one would type it
 */
export function installCommand(packages) {
  const tool = manager();
  if (tool === undefined) return `install with your package manager: ${packages.map((item) => item.apt).join(' ')}`;
  const names = packages.map((item) => (tool === 'dnf' ? item.dnf : item.apt)).join(' ');
  return `${isRoot() ? '' : 'sudo '}${tool} install -y ${names}`;
}

/**
 * @param {string[]} names
 * @returns {string} the command that removes them again
 */
export function removeCommand(names) {
  return `${isRoot() ? '' : 'sudo '}${manager() === 'dnf' ? 'dnf' : 'apt-get'} remove ${names.join(' ')}`;
}

/**
 * Says what is missing and why, then installs it: as root or with sudo. Asks at a terminal; root without a terminal means
 * yes; otherwise it only prints the command.
 * @param {SystemPackage[]} packages
 * @param {string} root the repository, for the list of what was installed
 * @returns {Promise<boolean>} whether nothing is missing now
 */
export async function installMissing(packages, root) {
  const missing = missingPackages(packages);
  if (missing.length === 0) return true;
  console.error('Missing on this system:');
  for (const item of missing) console.error(`  ${item.apt.padEnd(16)} needed to ${item.why}`);
  const command = installCommand(missing);
  if (manager() === undefined || !(await mayInstall(command))) {
    console.error(`Not installed. The command: ${command}`);
    return false;
  }
  recordInstalled(root, missing);
  if (runInstall(missing) && missingPackages(packages).length === 0) return true;
  console.error(`Installation failed: see the lines above. The command: ${command}`);
  return false;
}

/**
 * @param {string} command
 * @returns {Promise<boolean>}
 */
async function mayInstall(command) {
  const hasTerminal = process.stdin.isTTY === true && process.stderr.isTTY === true;
  if (!hasTerminal) return isRoot();
  if (!isRoot() && !isProgram('sudo')) return false;
  const questions = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await questions.question(`Run “${command}” now? [Y/n] `);
  questions.close();
  return /^(y|yes|)$/i.test(answer.trim());
}

/**
 * @param {SystemPackage[]} packages
 * @returns {boolean}
 */
function runInstall(packages) {
  const tool = manager();
  const names = packages.flatMap((item) => (tool === 'dnf' ? item.dnf : item.apt) ?? []);
  const steps =
    tool === 'dnf'
      ? [['dnf', 'install', '-y', '--setopt=install_weak_deps=False', ...names]]
      : [
          ['apt-get', 'update', '-q'],
          ['apt-get', 'install', '-q', '-y', '--no-install-recommends', ...names],
        ];
  return steps.every((step) => {
    const [file = '', ...args] = isRoot() ? step : ['sudo', ...step];
    console.error(`+ ${[file, ...args].join(' ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    return spawnSync(file, args, { stdio: ['inherit', 2, 2], env }).status === 0;
  });
}

/** Where the names of what we installed are kept until `npm run clean` has listed them. @param {string} root */
export function installedListFile(root) {
  return path.join(root, '.state/installed-packages.json');
}

/**
 * @param {string} root
 * @returns {string[]} names of the system packages that these commands installed
 */
export function installedPackages(root) {
  const file = installedListFile(root);
  try {
    const names = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(names) ? names : [];
  } catch {
    // Missing or half written: then nothing is known, and nothing else depends on it.
    return [];
  }
}

/**
 * @param {string} root
 * @param {SystemPackage[]} packages
 */
function recordInstalled(root, packages) {
  const names = packages.map((item) => (manager() === 'dnf' ? (item.dnf ?? item.apt) : item.apt));
  mkdirSync(path.dirname(installedListFile(root)), { recursive: true });
  const all = [...new Set([...installedPackages(root), ...names])].toSorted();
  writeFileSync(`${installedListFile(root)}.new`, `${JSON.stringify(all)}\n`);
  renameSync(`${installedListFile(root)}.new`, installedListFile(root));
}

function isRoot() {
  return process.getuid?.() === 0;
}
