// Two pages of one reader on one lab: both see all, the one in use owns the size.
import { LabReader } from './support/lab-reader.ts';
import { expect, test } from './support/test.ts';

test('both tabs show the same, blocks included', async ({ reader, server, context }) => {
  await reader.startLab(server.url);
  const other = new LabReader(await context.newPage());
  await other.open(server.url);
  await other.phaseIs('ready');
  await reader.types('echo from-$((1))');
  await other.sees(/^from-1$/m);
  await other.runs('easy');
  await reader.blockSays('easy', /^Done/);
  await reader.sees(/^easy$/m);
});

test('the tab in use owns the size, the other shows it smaller', async ({ reader, server, context }) => {
  await reader.startLab(server.url);
  const size = reader.panel.locator('.lab-size');
  const own = await size.textContent();
  const page = await context.newPage();
  await page.setViewportSize({ width: 1200, height: 600 });
  const other = new LabReader(page);
  await other.open(server.url);
  await other.phaseIs('ready');
  await other.seesPrompt();
  await expect(size).not.toHaveText(own ?? '');
  await expect(size).toHaveText((await other.panel.locator('.lab-size').textContent()) ?? '');
  await reader.page.bringToFront();
  await reader.types('clear; stty size');
  await expect(size).toHaveText(own ?? '');
  const [columns, rows] = (own ?? '').split(' × ');
  await reader.sees(new RegExp(`^${rows} ${columns}$`, 'm'));
  await other.sees(new RegExp(`^${rows} ${columns}$`, 'm'));
  await expect(other.panel.locator('.lab-size')).toHaveText(own ?? '');
});
