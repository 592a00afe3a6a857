// One lab server with real machines for the tests of a describe block. The images and disks are the host's own.
import { expect, type Page } from '@playwright/test';
import { readConfig } from '../../../server/config.ts';
import type { SessionView } from '../../../server/protocol/messages.ts';
import { LabServer } from './lab-server.ts';
import { test } from './test.ts';

// For its start, and for stopping every machine that tests have left running.
const hookWithinMs = 120_000;
/** For killing containers and unmounting their disks on a host that does other things as well. */
const endWithinMs = 60_000;

/**
 * Call it inside `test.describe`: the server is started before the first test there and ended after the last. It is not a
 * fixture of the worker, because the sessions of one file would take seats from the next.
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
    if (server === undefined) throw new Error('the server with real machines exists only inside tests, not before');
    return server;
  };
}

/** Ends the sessions of the page's reader, as the button does, and checks that the machines are gone. */
export async function endSessions(page: Page, url: string): Promise<void> {
  const sessions = (await (await page.request.get(`${url}/api/sessions`)).json()) as SessionView[];
  for (const { id, state } of sessions) {
    if (state === 'ended' || state === 'failed') continue;
    const answer = await page.request.delete(`${url}/api/sessions/${id}`, {
      headers: { origin: url },
      timeout: endWithinMs,
    });
    expect(await answer.json()).toMatchObject({ id, state: 'ended' });
  }
}
