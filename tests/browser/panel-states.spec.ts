// What the panel says when there is no terminal to show, or soon will be none: each state with its sentence and its action.
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { shortPath } from './support/fixture-site.ts';
import { LabReader } from './support/lab-reader.ts';
import { LabServer } from './support/lab-server.ts';
import { expect, test } from './support/test.ts';

test('without a lab server the page is complete as a text, and says so', async ({ reader, server, page }) => {
  // A plain web server that only serves the pages.
  const plain = createServer((request, response) => {
    const address = (request.url ?? '/').split('?')[0] ?? '/';
    const file = path.join(server.directory, 'site', address.endsWith('/') ? `${address}index.html` : address);
    if (!existsSync(file)) return void response.writeHead(404, { 'content-type': 'text/html' }).end('<p>not found');
    const kinds: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
    response.writeHead(200, { 'content-type': kinds[path.extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  try {
    await reader.open(`http://127.0.0.1:${(plain.address() as AddressInfo).port}`);
    await reader.phaseIs('absent');
    await expect(reader.panel).toContainText('The text is complete');
    await reader.runs('easy');
    await reader.blockSays('easy', /^Not run: there is no lab/);
    await reader.block('easy').locator('[data-copy]').click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('echo easy');
  } finally {
    plain.closeAllConnections();
    plain.close();
  }
});

test('the end is announced, and more time is given', async ({ reader, server, page }) => {
  await reader.open(server.url, shortPath);
  await reader.button('Start the lab').click();
  await reader.phaseIs('expiring');
  await expect(reader.panel).toContainText('The lab ends in 1 min');
  await page.screenshot({ path: 'test-results/panel-expiring.png' });
  await reader.button('More time').click();
  await reader.phaseIs('ready');
  await expect(reader.panel.locator('.lab-left')).toHaveText(/\d+ min left/);
});

test('no seat: the place in the queue, and the lab starts by itself', async ({ reader, browser }) => {
  test.setTimeout(90_000);
  await using server = await LabServer.withEcho(1);
  await reader.startLab(server.url);
  await using context = await browser.newContext();
  const other = new LabReader(await context.newPage());
  await other.open(server.url);
  await other.button('Start the lab').click();
  await other.phaseIs('queued');
  await expect(other.panel).toContainText('Your place in the queue is 1');
  await reader.button('Settings').click();
  await reader.page.getByRole('button', { name: 'End the lab' }).click();
  await reader.page.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
  await reader.phaseIs('ended');
  await other.phaseIs('ready');
  await other.seesPrompt();
});
