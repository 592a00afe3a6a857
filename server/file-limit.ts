// How many files and sockets this process may have open at once, and whether there is room for another program's pipes.
import { closeSync, openSync, readFileSync } from 'node:fs';

/** Where the system does not say: the usual limit of an ordinary user. */
const usualLimit = 1024;
/**
 * Starting a program takes up to nine files for a moment (three pairs for its input and outputs, a pair for its start, an
 * output that goes into a file); two that are connected take twice that. The rest is for files that open meanwhile.
 */
const filesOfPrograms = 32;

/** @returns the limit of open files; Node has already raised it as far as the system allows */
export function fileLimit(): number {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return found === undefined ? usualLimit : Number(found);
  } catch {
    return usualLimit;
  }
}

/**
 * To be called right before execa, in the same turn. When files run out, Node makes a child process without pipes, which
 * execa does not expect: nobody hears the child's error then, and that ends the whole server.
 * @throws {Error} with the fix
 */
export function requireSpareFiles(): void {
  const opened: number[] = [];
  try {
    while (opened.length < filesOfPrograms) opened.push(openSync('/dev/null', 'r'));
  } catch (cause) {
    throw Object.assign(
      new Error(
        `found room for ${opened.length} more open files, expected ${filesOfPrograms} to start a program; end what holds them, or raise its limit (ulimit -n, LimitNOFILE=)`,
        { cause },
      ),
      { code: (cause as NodeJS.ErrnoException).code },
    );
  } finally {
    for (const file of opened) closeSync(file);
  }
}
