// Where a lesson's lab starts: from its named state, from the beginning, or where another lesson left it; and restarted steps.
import { machinePath, nextPath } from './support/fixture-site.ts';
import { expect, test } from './support/test.ts';

test('a lesson opened cold starts from its own state, and says so', async ({ reader, server }) => {
  await reader.open(server.url, nextPath);
  await expect(reader.panel).toContainText('in the state in which this lesson begins');
  await expect(reader.panel).toContainText('software emulation, much slower than with KVM');
  await reader.button('Start the lab').click();
  await reader.phaseIs('ready');
  await reader.seesPrompt();
  await reader.types('cat ~/state-name');
  await reader.sees(/^build\/next$/m);
  await expect(reader.panel.locator('.lab-doorway')).toBeHidden();
});

test('without its state a lesson starts at the beginning and says what that means', async ({
  reader,
  server,
  page,
}) => {
  await page.route('**/api/labs/machine', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), states: [] } });
  });
  await reader.open(server.url, nextPath);
  await expect(reader.panel).toContainText('no saved machine for this lesson yet');
  await reader.button('Start the lab').click();
  await reader.phaseIs('ready');
  await expect(reader.panel.locator('.lab-doorway')).toContainText(
    'nothing from the lessons in between has been done in it',
  );
  await expect(reader.button('Start at this lesson’s beginning')).toBeHidden();
  await reader.seesPrompt();
  await reader.types('test -e ~/state-name; echo status=$?');
  await reader.sees(/status=1/);
});

test('a lesson goes on with the lab of another one, and offers its own beginning', async ({ reader, server, page }) => {
  await reader.startLab(server.url, machinePath);
  await reader.types('echo mine-$((1)) > ~/mine; cat ~/mine');
  await reader.sees(/^mine-1$/m);
  await reader.open(server.url, nextPath);
  await reader.phaseIs('ready');
  await reader.sees(/^mine-1$/m);
  await expect(reader.panel.locator('.lab-doorway')).toContainText('is in the state of another lesson');
  await reader.button('Start at this lesson’s beginning').click();
  const dialog = page.getByRole('dialog', { name: 'Start at this lesson’s beginning?' });
  await dialog.getByRole('button', { name: 'Start there' }).click();
  await reader.seesNot(/mine-1/);
  await reader.phaseIs('ready');
  await expect(reader.panel.locator('.lab-doorway')).toBeHidden();
  await reader.seesPrompt();
  await reader.types('cat ~/state-name');
  await reader.sees(/^build\/next$/m);
});

test('the offer stays after a command and a reload, until it is dismissed for good', async ({
  reader,
  server,
  page,
}) => {
  await reader.startLab(server.url, machinePath);
  await reader.open(server.url, nextPath);
  const doorway = reader.panel.locator('.lab-doorway');
  await expect(doorway).toBeVisible();
  await reader.runs('hello');
  await reader.blockSays('hello', /^Done/);
  await expect(doorway).toBeVisible();
  await page.reload();
  await reader.blockSays('hello', /^Done/);
  await expect(doorway).toBeVisible();
  await reader.button('Keep this lab').focus();
  await page.keyboard.press('Enter');
  await expect(doorway).toBeHidden();
  await expect(reader.panel.locator(':focus')).toHaveCount(1);
  await page.reload();
  await reader.blockSays('hello', /^Done/);
  await reader.phaseIs('ready');
  await expect(doorway).toBeHidden();
});

test('taking the offer leads into the terminal of the new lab', async ({ reader, server, page }) => {
  await reader.startLab(server.url, machinePath);
  await reader.open(server.url, nextPath);
  await reader.button('Start at this lesson’s beginning').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Start there' }).focus();
  await page.keyboard.press('Enter');
  await expect(reader.panel.locator('.lab-doorway')).toBeHidden();
  await reader.phaseIs('ready');
  await expect.poll(() => reader.focusIsInTerminal()).toBe(true);
});

test('a block that waits for a text or fails in the lab of another lesson says that this may be the reason', async ({
  reader,
  server,
}) => {
  await reader.startLab(server.url, machinePath);
  await reader.open(server.url, nextPath);
  await reader.runs('never');
  await reader.blockSays('never', /^Waiting for “never said”.*The lab is in the state of another lesson/);
});

test('a step is restarted: marks from there on are removed, those before stay', async ({ reader, server, page }) => {
  const step = (id: string) => page.locator(`lab-step[data-step="${id}"]`);
  await reader.startLab(server.url, nextPath);
  await reader.runs('hello');
  await reader.blockSays('hello', /^Done/);
  await reader.runs('ask');
  await reader.blockSays('ask', /^Done, the console shows/);
  await reader.runs('answer');
  await reader.blockSays('answer', /^Done, the console shows/);
  await reader.runs('end');
  await reader.blockSays('end', /^Done/);
  await expect(step('greet')).toHaveAttribute('data-progress', 'done');
  await expect(step('last')).toHaveAttribute('data-progress', 'done');
  await expect(step('last').getByRole('button', { name: 'Reset this step' })).toBeDisabled();
  await step('later').getByRole('button', { name: 'Reset this step' }).click();
  const dialog = page.getByRole('dialog', { name: 'Reset this step?' });
  await dialog.getByRole('button', { name: 'Reset this step' }).click();
  await reader.seesNot(/hello/);
  await reader.phaseIs('ready');
  await reader.seesPrompt();
  await reader.types('cat ~/state-name');
  await reader.sees(/^build\/next#later$/m);
  await reader.blockSays('hello', /^Done/);
  await reader.blockSays('end', /^$/);
  await expect(step('greet')).toHaveAttribute('data-progress', 'done');
  await expect(step('last')).toHaveAttribute('data-progress', 'todo');
});

test('a reset of a step may be refused, and then nothing is lost', async ({ reader, server, page }) => {
  await reader.startLab(server.url, nextPath);
  await reader.types('echo kept-$((1))');
  await reader.sees(/^kept-1$/m);
  await page.route('**/reset', (route) =>
    route.fulfill({ status: 404, json: { code: 'LAB_ERR_NO_STATE', message: 'there is no state of that name' } }),
  );
  const step = page.locator('lab-step[data-step="greet"]');
  await step.getByRole('button', { name: 'Reset this step' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Reset this step' }).click();
  await expect(step).toContainText('The server refused: there is no state of that name');
  await reader.phaseIs('ready');
  await reader.sees(/^kept-1$/m);
});
