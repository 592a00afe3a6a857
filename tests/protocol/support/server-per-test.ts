// A separate lab server for each test of a file, gone when the test ends. test-lab-server.ts makes the server.
import { afterEach, vi } from 'vitest';
import { startTestLabServer, type TestLabServer, type TestServerOptions } from '../../support/test-lab-server.ts';

/**
 * Call it once at the top of a file.
 * @param always options for every server of the file; a test's own options take precedence
 * @returns starts the test's server; starting a second one ends the first
 */
export function serverPerTest(always: TestServerOptions = {}): (options?: TestServerOptions) => Promise<TestLabServer> {
  let server: TestLabServer | undefined;
  afterEach(async () => {
    // A server ends in real time, so the test's clock is restored first.
    vi.useRealTimers();
    await server?.[Symbol.asyncDispose]();
    server = undefined;
  });
  return async (options) => {
    server = await startTestLabServer({ ...always, ...options });
    return server;
  };
}
