// Entry of every npm script: installs the libraries if necessary, then runs the command with the project's own Node. Plain
// JavaScript for any Node from 20 on, because it runs before anything is installed.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { unknownFlag, usages, usageText } from './command-usage.mjs';
import { ensureLibraries } from './libraries.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Command → its TypeScript file. The scripts of package.json name these. */
const commands = {
  start: 'setup/start.ts',
  test: 'setup/test.ts',
  check: 'setup/check.ts',
  doctor: 'setup/doctor.ts',
  clean: 'setup/clean.ts',
  sessions: 'setup/sessions.ts',
  verify: 'tests/lessons/verify.ts',
  states: 'tests/lessons/states.ts',
  lessons: 'tests/lessons/list.ts',
  replay: 'tests/lessons/replay.ts',
  bench: 'bench/bench.ts',
};

const [command = '', ...args] = process.argv.slice(2);
const entry = Object.entries(commands).find(([name]) => name === command)?.[1];
if (entry === undefined) {
  console.error(`found the command “${command}”, expected one of: ${Object.keys(commands).join(', ')}`);
  process.exit(2);
}
if (command in usages) {
  if (args.includes('--help')) {
    console.log(usageText(command));
    process.exit(0);
  }
  const problem = unknownFlag(command, args);
  if (problem !== undefined) {
    console.error(problem);
    process.exit(2);
  }
}
if (!(await ensureLibraries(root))) process.exit(1);
process.exitCode = await runUnderProjectNode(entry, args);

/**
 * A terminal's signals reach the child through its process group; signals that are sent only to this process are passed on.
 * @param {string} file relative to the root
 * @param {string[]} rest
 * @returns {Promise<number>} the child's exit code; 128 + n when a signal ended it
 */
function runUnderProjectNode(file, rest) {
  const node = path.join(root, 'node_modules/.bin/node');
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', path.join(root, file), ...rest], {
    stdio: 'inherit',
    cwd: root,
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    // A Ctrl-C reaches the child by itself: passing it on would make it two.
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`could not run ${node}: ${error.message}; remove node_modules and try again`);
      resolve(1);
    });
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}
