// Lost connections: the page says so, keeps no input for later, and finds the same shell again, with nothing repeated and nothing missing.
import { Cable } from './support/cable.ts';
import { LabServer } from './support/lab-server.ts';
import { expect, test } from './support/test.ts';

// Five real minutes only on request; half a minute shows the same states.
const offlineMs = process.env['EUOS_LONG'] === '1' ? 5 * 60_000 : 8_000;

test('a reload in the middle of a command: same shell, same screen, the command goes on', async ({
  reader,
  server,
  page,
}) => {
  await reader.startLab(server.url);
  await reader.types('for i in $(seq 1 100); do echo "line $i"; sleep 0.1; done; echo all-$((1))');
  await reader.sees(/^line 10$/m);
  await page.reload();
  await reader.sees(/^all-1$/m, 30_000);
  const lines = (await reader.screen()).match(/^line \d+$/gm);
  expect(lines).toEqual(Array.from({ length: 100 }, (_, at) => `line ${at + 1}`));
});

test('a running block still runs after a reload', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await reader.runs('slow');
  await reader.blockSays('slow', /^Running/);
  await page.reload();
  await reader.blockSays('slow', /^Running/);
  await reader.block('slow').getByRole('button', { name: 'Stop' }).click();
  await reader.blockSays('slow', /^Failed, exit status 130/);
});

test('offline: the page says so, sends nothing later, and shows what happened meanwhile', async ({
  reader,
  server,
}) => {
  test.setTimeout(60_000 + offlineMs);
  await using cable = await Cable.to(server.port);
  await reader.startLab(cable.url);
  await reader.types('while read -r line; do echo "got $line"; done');
  await reader.types('before');
  await reader.sees(/^got before$/m);
  cable.cut();
  await reader.phaseIs('disconnected');
  await expect(reader.panel).toContainText(/Trying again (in \d+ s|now)\. Nothing is lost/);
  await reader.types('lost');
  await expect(reader.panel.locator('.lab-told')).toContainText('is not sent');
  const since = Date.now();
  await expect
    .poll(() => Date.now() - since, { timeout: offlineMs + 5_000, intervals: [500] })
    .toBeGreaterThan(offlineMs);
  cable.mend();
  await reader.phaseIs('ready');
  await reader.types('after');
  await reader.sees(/^got after$/m);
  expect(await reader.screen()).not.toContain('lost');
  expect((await reader.screen()).match(/^got before$/gm)).toHaveLength(1);
});

test('output from the time offline appears exactly once', async ({ reader, server }) => {
  await using cable = await Cable.to(server.port);
  await reader.startLab(cable.url);
  await reader.types('for i in $(seq 1 40); do echo "n $i"; sleep 0.1; done; echo all-$((1))');
  await reader.sees(/^n 5$/m);
  cable.cut();
  await reader.phaseIs('disconnected');
  cable.mend();
  await reader.sees(/^all-1$/m, 30_000);
  const lines = (await reader.screen()).match(/^n \d+$/gm);
  expect(lines).toEqual(Array.from({ length: 40 }, (_, at) => `n ${at + 1}`));
});

test('a connection that has fallen silent is noticed and replaced', async ({ reader, server, page }) => {
  await using cable = await Cable.to(server.port);
  await page.clock.install();
  await reader.startLab(cable.url);
  cable.silence();
  // The page pings every 15 s and waits 10 s for an answer.
  await page.clock.runFor(26_000);
  await reader.phaseIs('disconnected');
  cable.mend();
  await expect
    .poll(async () => {
      await page.clock.runFor(2_000);
      return reader.panel.getAttribute('data-phase');
    })
    .toBe('ready');
});

test('the server is killed in mid-command and restarted: the command went on', async ({ reader }) => {
  test.setTimeout(120_000);
  await using server = await LabServer.withEcho();
  await using cable = await Cable.to(server.port);
  await reader.startLab(cable.url);
  await reader.runs('easy');
  await reader.blockSays('easy', /^Done/);
  await reader.types('for i in $(seq 1 60); do echo "n $i"; sleep 0.1; done; echo all-$((1))');
  await reader.sees(/^n 5$/m);
  await server.kill();
  await reader.phaseIs('disconnected');
  await server.start();
  cable.targetPort = server.port;
  await reader.phaseIs('ready');
  await reader.sees(/^all-1$/m, 30_000);
  const lines = (await reader.screen()).match(/^n \d+$/gm);
  expect(lines).toEqual(Array.from({ length: 60 }, (_, at) => `n ${at + 1}`));
  await reader.blockSays('easy', /^Done/);
});

test('a lab that was ended elsewhere says so and starts again', async ({ reader, server, page }) => {
  await reader.startLab(server.url);
  await page.evaluate(async () => {
    const [session] = (await (await fetch('/api/sessions')).json()) as { id: string }[];
    await fetch(`/api/sessions/${session?.id ?? ''}`, { method: 'DELETE' });
  });
  await reader.phaseIs('ended');
  await expect(reader.panel).toContainText('You ended the lab.');
  await reader.button('Start again here').click();
  await reader.phaseIs('ready');
  await reader.seesPrompt();
});
