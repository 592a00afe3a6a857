// A browser whose user has blocked all cookies and site data, by its own setting: the lab works, as long as its page is open.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type BrowserContext } from '@playwright/test';
import { Cable } from './support/cable.ts';
import { machinePath } from './support/fixture-site.ts';
import { LabReader } from './support/lab-reader.ts';
import { LabServer } from './support/lab-server.ts';
import { expect, test } from './support/test.ts';

/** Chromium's value for “do not allow”. */
const blocked = 2;

let profile: string;
let context: BrowserContext;
let reader: LabReader;

test.beforeEach(async () => {
  profile = await mkdtemp(path.join(tmpdir(), 'eu-os-labs-profile-'));
  await mkdir(path.join(profile, 'Default'));
  const settings = { profile: { default_content_setting_values: { cookies: blocked } } };
  await writeFile(path.join(profile, 'Default/Preferences'), JSON.stringify(settings));
  const { executablePath, args } = test.info().project.use.launchOptions ?? {};
  context = await chromium.launchPersistentContext(profile, {
    ...(executablePath === undefined ? {} : { executablePath }),
    ...(args === undefined ? {} : { args }),
    viewport: { width: 1440, height: 900 },
  });
  reader = new LabReader(context.pages()[0] ?? (await context.newPage()));
});

test.afterEach(async () => {
  await context?.close();
  await rm(profile, { recursive: true, force: true });
});

/** What the browser lets a page keep; `navigator.cookieEnabled` says nothing of this setting. */
function whatIsKept(): { cookie: string; storage: string } {
  document.cookie = 'kept=1';
  try {
    localStorage.setItem('kept', '1');
    return { cookie: document.cookie, storage: 'kept' };
  } catch (failure) {
    return { cookie: document.cookie, storage: failure instanceof DOMException ? failure.name : String(failure) };
  }
}

test('a lab is started, used, checked and ended; before, the page says what is lost', async ({ server }) => {
  await reader.open(server.url);
  expect(await reader.page.evaluate(whatIsKept)).toEqual({ cookie: '', storage: 'SecurityError' });
  await expect(reader.panel).toContainText('only this page knows that the lab is yours');
  await expect(reader.panel).toContainText('Your progress, the type size and the panel’s width last until');
  await reader.button('Start the lab').click();
  await reader.phaseIs('ready');
  await reader.seesPrompt();
  await reader.types('echo typed-$((1))');
  await reader.sees(/^typed-1$/m);
  await reader.runs('note');
  await expect(reader.page.getByText('so the next lesson starts a new lab')).toBeVisible();
  await reader.blockSays('note', /^Done/);
  await reader.check.getByRole('button').click();
  await expect(reader.check).toContainText('There is a note.');
  expect(await context.cookies()).toEqual([]);
  expect(reader.page.url()).toBe(`${server.url}/build/fixture/`);
  await reader.button('Settings').click();
  await reader.page.getByRole('button', { name: 'End the lab' }).click();
  await reader.page.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
  await reader.phaseIs('ended');
});

test('a virtual machine’s screen is connected as well', async ({ server }) => {
  await reader.startLab(server.url, machinePath);
  const frames: string[] = [];
  // Listens before anything comes: the first frame may be here before a wait for it begins.
  reader.page.on('websocket', (socket) => {
    if (socket.url().endsWith('/screen')) socket.on('framereceived', ({ payload }) => frames.push(String(payload)));
  });
  await reader.page.getByRole('tab', { name: 'Screen' }).click();
  await expect.poll(() => frames[0]).toContain('RFB 003.008');
});

test('the connection comes back by itself, also to a server that was started again', async () => {
  await using server = await LabServer.withEcho();
  await using cable = await Cable.to(server.port);
  await reader.startLab(cable.url);
  await server.kill();
  await reader.phaseIs('disconnected');
  await server.start();
  cable.targetPort = server.port;
  await reader.phaseIs('ready');
  await reader.types('echo again-$((1))');
  await reader.sees(/^again-1$/m);
});

test('after a reload the lab is nobody’s, and the list of labs says why it is empty', async ({ server }) => {
  await reader.startLab(server.url);
  await reader.page.reload();
  await reader.phaseIs('not-started');
  await expect(reader.panel).toContainText('only this page knows that the lab is yours');
  await reader.page.goto(`${server.url}/your-labs/`);
  await expect(reader.page.locator('running-labs')).toContainText('each lab belongs to the page that started it');
});
