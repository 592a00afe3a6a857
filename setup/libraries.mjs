// Installs the npm libraries if they are not those of package-lock.json. Runs before any library exists; all its output goes
// to standard error, so that `lessons --json` prints only JSON.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { installMissing, compilerPackages } from './system-packages.mjs';

// A clean install took 40 s on two cores; ten times that may be a slow line, more is a fault.
const installTimeoutMs = 15 * 60_000;
const progressEveryMs = 5_000;

/**
 * @param {string} root the repository
 * @returns {Promise<boolean>} false when the libraries could not be installed (the reason has been printed)
 */
export async function ensureLibraries(root) {
  const reason = whyInstall(root);
  if (reason === undefined) return true;
  console.error(`${reason}: installing the npm libraries`);
  if (!(await installMissing(compilerPackages, root))) return false;
  const code = await npmCi(root);
  if (code === 0 && whyInstall(root) === undefined) return true;
  console.error(
    code === 0
      ? `npm ci succeeded, but ${whyInstall(root)}`
      : `npm ci failed with exit status ${code}: see its lines above`,
  );
  return false;
}

/**
 * Compares the lock file with the one npm leaves inside node_modules after a complete installation.
 * @param {string} root
 * @returns {string | undefined} undefined: nothing to do
 */
export function whyInstall(root) {
  const installedLock = path.join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installedLock)) return 'node_modules is missing';
  if (!existsSync(path.join(root, 'node_modules/.bin/node'))) return 'node_modules has no Node';
  const wanted = readPackages(path.join(root, 'package-lock.json'));
  const installed = readPackages(installedLock);
  for (const [name, entry] of Object.entries(wanted)) {
    if (name === '' || entry.optional === true || entry.link === true) continue;
    const found = installed[name]?.version;
    if (found === entry.version) continue;
    return `package-lock.json asks for ${name.replace(/^.*node_modules\//, '')} ${entry.version}, found ${found ?? 'none'}`;
  }
  return undefined;
}

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {boolean} [optional]
 * @property {boolean} [link]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 */

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage>}
 */
function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

/**
 * Installs what package-lock.json says, with its hashes, and leaves that file alone: the command that contributors and build
 * servers use as well, so a lock file that npm refuses is noticed here first.
 * @param {string} root
 * @returns {Promise<number>} exit status
 */
function npmCi(root) {
  const total = countWanted(readPackages(path.join(root, 'package-lock.json')));
  const startedAt = performance.now();
  const ticker = setInterval(() => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    console.error(`  npm libraries: about ${countInstalled(root)} of ${total}, ${seconds} s`);
  }, progressEveryMs);
  const child = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...nodeHeaders() },
    timeout: installTimeoutMs,
  });
  return new Promise((resolve) => {
    /** @param {number} code */
    const end = (code) => {
      clearInterval(ticker);
      resolve(code);
    };
    child.on('error', (error) => {
      console.error(`could not run npm: ${error.message}`);
      end(127);
    });
    child.on('exit', (code) => end(code ?? 1));
  });
}

/**
 * How many packages of the lock file this host gets: the file also names the binaries for all other processors and systems.
 * @param {Record<string, LockedPackage>} packages
 * @returns {number}
 */
export function countWanted(packages) {
  const libc = existsSync('/etc/alpine-release') ? 'musl' : 'glibc';
  /** @param {string[] | undefined} list @param {string} own */
  const has = (list, own) => list === undefined || list.includes(own);
  return Object.entries(packages).filter(
    ([name, entry]) =>
      name !== '' && has(entry.os, process.platform) && has(entry.cpu, process.arch) && has(entry.libc, libc),
  ).length;
}

/**
 * node-pty is compiled; its build fetches Node's headers from the internet unless it is told where they are on this machine.
 * @returns {Record<string, string>}
 */
function nodeHeaders() {
  const prefix = path.resolve(path.dirname(process.execPath), '..');
  return existsSync(path.join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {};
}

/**
 * @param {string} root
 * @returns {number} folders in node_modules; for scopes, the folders in them
 */
function countInstalled(root) {
  const modules = path.join(root, 'node_modules');
  if (!existsSync(modules)) return 0;
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .map((name) => (name.startsWith('@') ? readdirSync(path.join(modules, name)).length : 1))
    .reduce((sum, count) => sum + count, 0);
}
