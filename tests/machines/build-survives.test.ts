// A `podman build` in a real sandbox survives a reload, a long time offline and kill -9, with nothing repeated and nothing missing.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SessionView } from '../../server/protocol/messages.ts';
import { Cable } from '../browser/support/cable.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { PageTerminal, pollUntil } from '../support/page-terminal.ts';
import { ServerProcess } from '../support/server-process.ts';

/** Five minutes with EUOS_LONG=1; otherwise long enough for the page's own time limits (10 s without a pong). */
const offlineMs = process.env['EUOS_LONG'] === '1' ? 300_000 : 20_000;
const tickEveryMs = 250;
/** The ticks, and what podman needs around them on a busy host. */
const aroundMs = 120_000;

let server: ServerProcess;
let cable: Cable;
let reader: LabReader;
let session: SessionView;

beforeAll(async () => {
  server = await ServerProcess.start();
  cable = await Cable.to(server.port);
  ({ reader, session } = await server.startSession(cable.url));
});

afterAll(async () => {
  await cable?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

async function connect(page: PageTerminal): Promise<void> {
  page.use(await reader.openSocket(await reader.call<SessionView>('GET', `/api/sessions/${session.id}`)));
  page.attach();
}

async function openPage(): Promise<PageTerminal> {
  const page = new PageTerminal(1, 100, 30);
  await connect(page);
  await page.waitForText(/[$#] ?$/);
  return page;
}

/** Starts a build of three steps that print `ticks` lines in all, and waits for the third. */
async function startBuild(page: PageTerminal, block: string, ticks: number): Promise<void> {
  const first = Math.floor(ticks / 3);
  const last = ticks - 2 * first;
  const step = (name: string, count: number) =>
    `RUN for i in $(seq ${count}); do echo ${name}-$i; sleep ${tickEveryMs / 1000}; done`;
  const lines = ['FROM registry.lab/eu-os/base:13', step('first', first), step('second', first), step('third', last)];
  const file = `mkdir -p slow && printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')} > slow/Containerfile`;
  expect(await page.runBlock(`${block}-file`, `clear; ${file}`)).toMatchObject({ exitStatus: 0 });
  page.request({ type: 'run', terminal: 1, block, command: 'podman build --no-cache -t slow slow' });
  await page.waitForText(/^first-3$/m, aroundMs);
}

async function finished(page: PageTerminal, block: string, withinMs = aroundMs) {
  await pollUntil(
    () => page.blocks.get(block)?.state === 'done',
    () => `${block} done, found ${JSON.stringify(page.blocks.get(block))}; screen:\n${page.text().slice(-1_500)}`,
    withinMs,
  );
  await page.waitForText(/[$#] ?$/);
  return page.blocks.get(block);
}

/** What the build printed, from its command to the next prompt; ids of layers are new in every build. */
function printed(page: PageTerminal): string {
  const text = page.text();
  return text.slice(text.lastIndexOf('podman build')).replaceAll(/\b[0-9a-f]{11,64}\b/g, '<id>');
}

function ticksOf(text: string): string[] {
  return text.split('\n').filter((line) => /^(first|second|third)-\d+$/.test(line));
}

function expectedTicks(ticks: number): string[] {
  const first = Math.floor(ticks / 3);
  const row = (name: string, count: number) => Array.from({ length: count }, (_, at) => `${name}-${at + 1}`);
  return [...row('first', first), ...row('second', first), ...row('third', ticks - 2 * first)];
}

/** The process id of the terminal's shell inside the machine: another shell would have another. */
async function shellId(page: PageTerminal): Promise<string | undefined> {
  await page.runBlock('test#pid', 'clear; echo "shell is $$"');
  await page.waitForText(/^shell is \d+$/m);
  return /^shell is (\d+)$/m.exec(page.text())?.[1];
}

const ticks = 24;
let uninterrupted: string;

test('a reload shows the whole screen, and the build goes on', async () => {
  const stays = await openPage();
  await startBuild(stays, 'test#reload', ticks);
  const page = new PageTerminal(1, 100, 30);
  await connect(page);
  await page.waitForText(/^first-3$/m);
  expect(page.events[0]).toMatchObject({ type: 'hello', blocks: expect.arrayContaining([expect.anything()]) });
  expect(await finished(page, 'test#reload')).toMatchObject({ state: 'done', exitStatus: 0 });
  await finished(stays, 'test#reload');
  expect(ticksOf(printed(page))).toEqual(expectedTicks(ticks));
  uninterrupted = printed(stays);
  expect(printed(page)).toBe(uninterrupted);
  for (const each of [page, stays]) each.disconnect();
});

test(
  `offline for ${offlineMs / 1000} s: the missed output follows exactly where it stopped`,
  { timeout: offlineMs + 3 * aroundMs },
  async () => {
    const page = await openPage();
    const long = ticks + Math.ceil(offlineMs / tickEveryMs);
    await startBuild(page, 'test#offline', long);
    page.keepBytes = true;
    page.kept = [];
    const from = page.offset ?? 0;
    const cutAt = Date.now();
    cable.cut();
    await pollUntil(
      () => page.closed !== undefined,
      () => 'the cut is noticed',
    );
    const seen = ticksOf(page.text()).length;
    const snapshots = page.snapshots;
    await pollUntil(
      () => Date.now() - cutAt >= offlineMs,
      () => 'time offline',
      offlineMs + 1_000,
    );
    cable.mend();
    await connect(page);
    // The build went on while nobody looked: at least half of the ticks, whatever else the host had to do.
    await page.waitForText(
      new RegExp(`^${expectedTicks(long)[seen + Math.floor(offlineMs / tickEveryMs / 2)]}$`, 'm'),
      5_000,
    );
    expect(await finished(page, 'test#offline', offlineMs + aroundMs)).toMatchObject({ state: 'done', exitStatus: 0 });
    expect(page.snapshots, 'resumed by offset, not redrawn').toBe(snapshots);
    expect(Buffer.concat(page.kept).length).toBe((page.offset ?? 0) - from);
    expect(ticksOf(printed(page))).toEqual(expectedTicks(long));
    page.disconnect();
  },
);

test('kill -9 of the server: same session, same shell, and the screen of an undisturbed build', async () => {
  const page = await openPage();
  const shell = await shellId(page);
  await startBuild(page, 'test#killed', ticks);
  await server.kill();
  await pollUntil(
    () => page.closed !== undefined,
    () => 'the end of the server is noticed',
  );
  const { port } = server;
  await server.start();
  expect(server.port).toBe(port);
  const [back] = await reader.call<SessionView[]>('GET', '/api/sessions');
  expect(back).toMatchObject({ id: session.id, state: 'ready', terminals: [{ number: 1, state: 'running' }] });
  await connect(page);
  expect(await finished(page, 'test#killed')).toMatchObject({ state: 'done', exitStatus: 0 });
  expect(printed(page)).toBe(uninterrupted);
  const fresh = await openPage();
  expect(printed(fresh)).toBe(uninterrupted);
  expect(await shellId(page)).toBe(shell);
  for (const each of [page, fresh]) each.disconnect();
});
