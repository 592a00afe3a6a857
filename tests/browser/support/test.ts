// Playwright's test with a lab server for each worker and a reader for each test. Import `test` and `expect` from here.
import { expect, test as base } from '@playwright/test';
import { LabReader } from './lab-reader.ts';
import { LabServer } from './lab-server.ts';

export const test = base.extend<{ reader: LabReader }, { server: LabServer }>({
  server: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads from the pattern what a fixture needs.
    async ({}, use) => {
      await using server = await LabServer.withEcho();
      await use(server);
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  reader: async ({ page }, use) => {
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      // The browser itself reports a connection that a test cuts; a violated policy must fail the test.
      if (message.type() === 'error' && /Content Security Policy|Refused to/.test(message.text()))
        problems.push(message.text());
    });
    await use(new LabReader(page));
    expect(problems, 'errors in the page').toEqual([]);
  },
});

export { expect };
