// Browser tests: Debian's Chromium, one worker (they share two processors with the server), every wait bounded.
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results/browser',
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 60_000,
  // A minute less than `npm test` gives the stage, so that Playwright ends by itself, with a report of what hung. The limit
  // of a single test is 15 min at most: less than for all together, so that the test that hangs is named.
  globalTimeout: 29 * 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: '../../test-results/browser.json' }]],
  use: {
    browserName: 'chromium',
    viewport: { width: 1440, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: process.env['EUOS_CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] },
  },
});
