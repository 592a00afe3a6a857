// One lab server with real machines for the tests of a describe block. The images and disks are the host's own.
import { readConfig } from '../../../server/config.ts';
import { LabServer } from './lab-server.ts';
import { test } from './test.ts';

// Its start, and at the end a stop of every machine that tests have left running.
const hookWithinMs = 120_000;

/**
 * Call it inside `test.describe`: the server is started before its first test and ended after its last. Not a fixture of
 * the worker: the seats that one file's sessions hold would be missing in the next.
 * @returns the server, once the first test has begun
 */
export function serveRealMachines(): () => LabServer {
  let server: LabServer | undefined;

  test.beforeAll(async () => {
    test.setTimeout(hookWithinMs);
    server = await LabServer.withPodman(readConfig([], process.env).storageDir);
  });

  test.afterAll(async () => {
    test.setTimeout(hookWithinMs);
    await server?.[Symbol.asyncDispose]();
  });

  return () => {
    if (server === undefined) throw new Error('the server with real machines is there in tests only, not before');
    return server;
  };
}
