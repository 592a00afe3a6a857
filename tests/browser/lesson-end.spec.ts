// The end of a lesson: what the reader has built, what is done, what comes next.
import { expect, test } from './support/test.ts';

test('says how much is done, and leads on', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  const end = page.getByRole('region', { name: 'The end of this lesson' });
  await expect(end.getByRole('status')).toBeEmpty();
  await expect(end).toContainText('If you typed its commands yourself, press Check afterwards.');
  await reader.runs('easy');
  await reader.blockSays('easy', /^Done/);
  await expect(end.getByRole('status')).toHaveText('You have done 1 of 6 steps.');
  await expect(end.getByRole('link', { name: 'From Containerfile to image' })).toHaveAttribute(
    'href',
    '/build/from-containerfile-to-image/',
  );
  await expect(end.getByText('The next lesson continues in the lab that you have now.')).toBeVisible();
  await expect(end.getByText('the next lesson starts a new lab')).toBeHidden();
});

test('a reader who only types marks a step that has no check', async ({ reader, server, page }) => {
  await reader.open(server.url, '/build/your-first-sandbox/');
  const steps = page.locator('lab-step');
  const mark = steps.getByRole('button', { name: 'Mark this step as done' });
  await expect(mark.first()).toBeVisible();
  const count = await mark.count();
  expect(count).toBeLessThan(await steps.count());
  await mark.first().click();
  await expect(mark).toHaveCount(count - 1);
  const marked = steps.getByRole('button', { name: 'Marked as done' });
  await expect(marked.first()).toBeFocused();
  await expect(page.locator('lab-step[data-progress="done"]')).toHaveCount(1);
});

test('the last lesson of a chapter leads to the next chapter, the last of all to the overview', async ({
  reader,
  server,
  page,
}) => {
  await reader.open(server.url, '/build/an-image-on-an-image/');
  const end = page.getByRole('region', { name: 'The end of this lesson' });
  await expect(end).toContainText('the last lesson of the chapter Build the image');
  await expect(end.getByRole('link', { name: 'A passphrase' })).toBeVisible();
  await reader.open(server.url, '/encrypt/choosing-for-a-fleet/');
  await expect(end).toContainText('This was the last lesson.');
  await end.getByRole('link', { name: 'All lessons' }).click();
  await expect(page).toHaveURL(/\/lessons\/$/);
});
