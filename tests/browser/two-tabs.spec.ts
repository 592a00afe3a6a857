// Two pages of one reader on one lab: both see everything, and the one in use sets the size.
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

test('the tab in use owns the size; the other one says so and gets it back with a click', async ({
  reader,
  server,
  context,
}) => {
  await reader.page.setViewportSize({ width: 1280, height: 720 });
  await reader.startLab(server.url);
  const sizeOf = async (one: LabReader) => (await one.panel.locator('.lab-size').textContent()) ?? '';
  const cellHeight = () =>
    reader.terminal
      .locator('.xterm-rows > div')
      .first()
      .evaluate((row) => row.getBoundingClientRect().height);
  const own = await sizeOf(reader);
  const height = await cellHeight();
  const page = await context.newPage();
  await page.setViewportSize({ width: 1920, height: 1080 });
  const other = new LabReader(page);
  await other.open(server.url);
  await other.phaseIs('ready');
  await other.seesPrompt();
  const larger = await sizeOf(other);
  expect(larger).not.toBe(own);

  const told = reader.panel.getByText(`Another of your tabs is using this terminal, at ${larger}.`);
  await expect(told).toBeVisible();
  await expect(reader.panel.locator('.lab-size')).toHaveText(larger);
  await expect(other.button('Use it here')).toBeHidden();
  // No letter is smaller than the reader chose: what does not fit can be scrolled to.
  expect(await cellHeight()).toBe(height);
  const place = reader.page.locator('.lab-terminal:not([hidden]) .lab-xterm');
  expect(await place.evaluate((box) => box.scrollWidth > box.clientWidth && box.scrollHeight > box.clientHeight)).toBe(
    true,
  );
  await other.types('seq 1 60');
  await reader.sees(/^60$/m);
  await expect.poll(() => isCursorInSight(reader)).toBe(true);

  await reader.button('Use it here').click();
  await expect(told).toBeHidden();
  await expect(reader.panel.locator('.lab-size')).toHaveText(own);
  await expect(other.panel.getByText(`Another of your tabs is using this terminal, at ${own}.`)).toBeVisible();
  expect(await reader.focusIsInTerminal()).toBe(true);
  await reader.types('clear; stty size');
  const [columns, rows] = own.split(' × ');
  await reader.sees(new RegExp(`^${rows} ${columns}$`, 'm'));
  await other.sees(new RegExp(`^${rows} ${columns}$`, 'm'));

  // Typing or a run block claims the size as well, and a tab that is closed gives it back.
  await other.types('echo here');
  await expect(told).toBeVisible();
  await reader.runs('easy');
  await expect(told).toBeHidden();
  await other.types('echo there');
  await expect(told).toBeVisible();
  await page.close();
  await expect(told).toBeHidden();
  await expect(reader.panel.locator('.lab-size')).toHaveText(own);
});

/** Whether the line that the cursor is on can be seen. */
function isCursorInSight(reader: LabReader): Promise<boolean> {
  return reader.terminal.evaluate((terminal) => {
    const cursor = terminal.querySelector('.xterm-cursor')?.getBoundingClientRect();
    const place = terminal.parentElement?.getBoundingClientRect();
    return (
      cursor !== undefined && place !== undefined && cursor.top >= place.top - 1 && cursor.bottom <= place.bottom + 1
    );
  });
}
