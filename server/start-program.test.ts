// A server that has run out of files: programs do not start, everybody who asked is told, and the server goes on.
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';

/** Takes every file that is left, then asks podman for something twice; frees them, and starts a program. */
const script = `
import { closeSync, openSync } from 'node:fs';
import { createPodman } from ${JSON.stringify(join(import.meta.dirname, 'machines/podman/podman-command.ts'))};
import { runBuildCommand } from ${JSON.stringify(join(import.meta.dirname, 'machines/podman/build-command.ts'))};
import { startProgram } from ${JSON.stringify(join(import.meta.dirname, 'start-program.ts'))};
const podman = createPodman({ storageDir: '/nonexistent', runtime: 'runc' });
const say = (what) => (failure) => console.log(what, failure.message);
await startProgram('true', [], {});
const taken = [];
try { for (;;) taken.push(openSync('/dev/null', 'r')); } catch (failure) { if (failure.code !== 'EMFILE') throw failure; }
await podman.run(['ps'], { timeoutMs: 5_000 }).catch(say('run:'));
await podman.capture(['exec', 'x', 'true'], { timeoutMs: 5_000 }).catch(say('capture:'));
await runBuildCommand({
  file: 'true', args: [], log: '/dev/null', what: 'the image', source: 'nowhere', timeoutMs: 5_000,
  signal: new AbortController().signal,
}).catch(say('build:'));
for (const file of taken) closeSync(file);
console.log('again:', (await startProgram('echo', ['it goes on'], {})).stdout);
`;

test('without a file to spare, calls are refused with the fix, and the process goes on', async () => {
  const node = [process.execPath, '--input-type=module', '--eval', script];
  const result = await execa('sh', ['-c', 'ulimit -n 200; exec "$@"', 'sh', ...node], { reject: false, all: true });
  expect(result.all).toMatch(/^run: found room for 0 more open files, expected 32 .*LimitNOFILE/m);
  expect(result.all).toMatch(/^capture: found room for 0 more open files/m);
  expect(result.all).toMatch(/^build: .*the image.*EMFILE/m);
  expect(result.all).toMatch(/^again: it goes on$/m);
  expect(result.exitCode).toBe(0);
});
