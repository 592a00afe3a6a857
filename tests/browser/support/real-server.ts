// One lab server with real machines for the tests of a describe block. The images and disks are the host's own.
import { expect, type Page } from '@playwright/test';
import { readConfig } from '../../../server/config.ts';
import type { SessionView } from '../../../server/protocol/messages.ts';
import { LabServer } from './lab-server.ts';
import { test } from './test.ts';

// Its start, and at the end a stop of every machine that tests have left running.
const hookWithinMs = 120_000;
/** Containers are killed and their disks unmounted, on a host that does other things as well. */
const endWithinMs = 60_000;

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

/** Ends what the page's reader has running, as the button does, and sees that the machines are gone. */
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
