// Terminals through a real pty host process and real shells: screens, sizes, run blocks, the end of programs.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeFrame } from '../../server/protocol/frames.ts';
import { PageTerminal, pollUntil } from '../support/page-terminal.ts';
import { startTestTerminals, type TestTerminals } from '../support/test-terminals.ts';

let terminals: TestTerminals;
beforeAll(async () => {
  terminals = await startTestTerminals();
});
afterAll(() => terminals[Symbol.asyncDispose]());

let lastSession = 0;
async function openPage(columns?: number, rows?: number) {
  const session = `session-${++lastSession}`;
  await terminals.open(session, 1);
  const page = new PageTerminal(1, columns, rows);
  await page.connect(terminals.service, session);
  await page.waitForText(/lab>/);
  return { session, page };
}

async function secondPage(session: string, columns?: number, rows?: number) {
  const page = new PageTerminal(1, columns, rows);
  await page.connect(terminals.service, session);
  await page.waitForText(/lab>/);
  return page;
}

describe('a terminal', () => {
  it('shows what is typed and the result', async () => {
    const { page } = await openPage();
    page.type('echo $((6*7)) $TERM $LANG\r');
    await page.waitForText(/^42 xterm-256color C\.UTF-8$/m);
  });

  it('gives programs nothing from the environment of server or pty host', async () => {
    process.env.LABS_TEST_SECRET = 'not-for-readers';
    const { page } = await openPage();
    page.type('env | cut -d= -f1 | sort | paste -sd,\r');
    await page.waitForText(/^HOME,LANG,OLDPWD,PATH,PWD,SHLVL,TERM,_$|^HOME,LANG,PATH,PWD,SHLVL,TERM,_$/m);
    page.type('ls /proc/self/fd | paste -sd,\r');
    await page.waitForText(/^0,1,2,3$/m);
    delete process.env.LABS_TEST_SECRET;
  });

  it('passes on bytes that are not UTF-8', async () => {
    const { page } = await openPage();
    page.keepBytes = true;
    page.type("printf '[\\377\\200\\n]'; echo end\r");
    await page.waitForText(/^\]end/m);
    expect(Buffer.concat(page.kept).includes(Buffer.from([0x5b, 0xff, 0x80, 0x0d]))).toBe(true);
  });

  it('shows the last output of a program before its exit, and stays listed', async () => {
    const session = `session-${++lastSession}`;
    await terminals.open(session, 1, { file: 'sh', args: ['-c', 'seq 1 30000; printf last-line; exit 7'], env: {} });
    const page = new PageTerminal(1);
    await page.connect(terminals.service, session);
    await pollUntil(
      () => page.events.some((event) => event.type === 'exit'),
      () => 'exit event',
    );
    await page.waitForText(/last-line$/);
    expect(page.events.at(-1)).toEqual({ type: 'exit', terminal: 1, exitCode: 7 });
    expect(await terminals.service.list(session)).toMatchObject([{ number: 1, state: 'exited', exitCode: 7 }]);
    const late = new PageTerminal(1);
    await late.connect(terminals.service, session);
    await late.waitForText(/30000\nlast-line$/);
    await terminals.service.close(session, 1);
    expect(await terminals.service.list(session)).toEqual([]);
  });

  it('loses no output of a program that a slow page held up to its end', async () => {
    const session = `session-${++lastSession}`;
    await terminals.open(session, 1, { file: 'sh', args: ['-c', 'read go; seq 1 40000; printf last-line'], env: {} });
    const page = new PageTerminal(1);
    page.acknowledges = false;
    await page.connect(terminals.service, session);
    await pollUntil(
      () => page.snapshots > 0,
      () => 'a first screen',
    );
    page.type('\r');
    // 40,000 lines are some 270 kB on a terminal: the program is held up at 100 kB.
    await page.waitForOffset(100_000);
    const held = page.offset;
    // Almost nothing may come in this time, in which everything would come otherwise: there is nothing to poll for.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((page.offset ?? 0) - (held ?? 0)).toBeLessThan(70_000);
    page.acknowledges = true;
    page.sendRaw(encodeFrame({ type: 'acknowledge', terminal: 1, offset: page.offset ?? 0 }));
    await page.waitForText(/40000\nlast-line$/);
  });

  it('says why a program cannot be started', async () => {
    const session = `session-${++lastSession}`;
    await terminals.open(session, 1, { file: '/no/such/program', args: [], env: {} });
    const page = new PageTerminal(1);
    await page.connect(terminals.service, session);
    await page.waitForText(/no such file/i);
    await pollUntil(
      () => page.events.some((event) => event.type === 'exit'),
      () => 'exit event',
    );
    expect(page.events.at(-1)).toMatchObject({ type: 'exit', exitCode: 127 });
  });

  it('answers programs’ queries while there is no page', async () => {
    const { session, page } = await openPage();
    // The query comes half a second later, when the page has left.
    page.type("sleep 0.5; IFS='[;' read -rs -d R -p $'\\e[6n' _ row column; echo row=$row\r");
    await page.waitForText(/echo row=/);
    const echoed = page.offset ?? 0;
    page.disconnect();
    // The line with the answer and the next prompt, with their marks, are more than 45 bytes.
    await expect.poll(async () => (await terminals.service.list(session))[0]?.offset).toBeGreaterThan(echoed + 45);
    const later = new PageTerminal(1);
    await later.connect(terminals.service, session);
    await later.waitForText(/^row=\d+$/m);
  });
});

describe('the size of a terminal', () => {
  it('is that of the page that attached, typed or resized last; the others get the screen again', async () => {
    const { session, page: wide } = await openPage(120, 40);
    const narrow = await secondPage(session, 60, 20);
    await pollUntil(
      () => wide.screen.cols === 60,
      () => `60 columns, found ${wide.screen.cols}`,
    );
    wide.type('tput cols\r');
    await wide.waitForText(/^120$/m);
    await pollUntil(
      () => narrow.screen.cols === 120,
      () => `120 columns, found ${narrow.screen.cols}`,
    );
    narrow.request({ type: 'resize', terminal: 1, columns: 70, rows: 21 });
    await pollUntil(
      () => wide.screen.cols === 70 && wide.screen.rows === 21,
      () => `70 columns, found ${wide.screen.cols}`,
    );
    await wide.waitForText(/^120$/m);
    narrow.disconnect();
    // The remaining page gets its own size back.
    wide.type('tput lines\r');
    await wide.waitForText(/^40$/m);
  });
});

describe('run blocks', () => {
  it('end with the first exit status that is not zero', async () => {
    const { page } = await openPage();
    expect(await page.runBlock('a#1', 'true')).toMatchObject({ state: 'done', exitStatus: 0 });
    expect(await page.runBlock('a#2', 'true\n(exit 5)\necho after')).toMatchObject({ exitStatus: 5 });
    expect(await page.runBlock('a#3', 'no-such-command')).toMatchObject({ exitStatus: 127 });
    expect(await page.runBlock('a#4', 'if\nfi fi')).toMatchObject({ exitStatus: 2 });
    await page.waitForText(/^after$/m);
  });

  it('type 30 KiB of a here-document with tabs, unchanged, over half-typed text', async () => {
    const { page } = await openPage();
    page.type('echo never run this');
    await page.waitForText(/never run this$/);
    const body = Array.from({ length: 540 }, (_, at) => `\t${at}: $HOME "quotes" \\ and some forty more letters`).join(
      '\n',
    );
    const run = await page.runBlock('a#1', `cat > document <<'END'\n${body}\nEND`);
    expect(run).toMatchObject({ exitStatus: 0 });
    expect(sha256(readFileSync(join(terminals.stateDir, 'document')))).toBe(sha256(Buffer.from(`${body}\n`)));
    expect(body.length).toBeGreaterThan(25_000);
  });

  it('are busy while a program runs, can be interrupted, and are reported to every page', async () => {
    const { session, page } = await openPage();
    const other = await secondPage(session);
    page.request({ type: 'run', terminal: 1, block: 'a#long', command: 'sleep 60' });
    await pollUntil(
      () => other.blocks.get('a#long')?.state === 'running',
      () => 'running on the other page',
    );
    other.request({ type: 'run', terminal: 1, block: 'a#second', command: 'true' });
    await pollUntil(
      () => other.error('a#second') !== undefined,
      () => 'a refusal',
    );
    expect(other.error('a#second')).toMatchObject({ code: 'LAB_ERR_BUSY', terminal: 1 });
    expect(page.error('a#second')).toBeUndefined();
    other.request({ type: 'interrupt', terminal: 1 });
    await pollUntil(
      () => page.blocks.get('a#long')?.state === 'done',
      () => 'done',
    );
    expect(page.blocks.get('a#long')?.exitStatus).toBe(130);
    expect(await terminals.service.blocks(session)).toMatchObject([
      { block: 'a#long', state: 'done', exitStatus: 130 },
    ]);
    expect((await terminals.service.idleTimes()).get(session)).toBeLessThan(60_000);
  });

  it('can be clicked before the shell has its prompt', async () => {
    const session = `session-${++lastSession}`;
    await terminals.open(session, 1);
    const page = new PageTerminal(1);
    await page.connect(terminals.service, session);
    expect(await page.runBlock('a#1', 'echo early')).toMatchObject({ exitStatus: 0 });
  });

  it('are done without a status when the shell goes away', async () => {
    const { page } = await openPage();
    const run = await page.runBlock('a#1', 'exit 3');
    expect(run.state).toBe('done');
    expect(run.exitStatus).toBeUndefined();
  });
});

describe('bad input', () => {
  const bad: [string, Uint8Array | string, RegExp][] = [
    ['text that is not JSON', 'hello', /not JSON/],
    ['an unknown request', '{"type":"destroy","terminal":1}', /type/],
    [
      'an oversized message',
      JSON.stringify({ type: 'run', terminal: 1, block: 'a', command: 'x'.repeat(140_000) }),
      /at most/,
    ],
    ['an unknown opcode', Uint8Array.of(0x77, 0, 1), /opcode 0x77/],
    ['a short frame', Uint8Array.of(0x12, 0, 1, 9), /at least 11/],
    ['an oversized frame', new Uint8Array(70_000).fill(0x11), /at most 65536/],
    [
      'an acknowledgement of what was never sent',
      encodeFrame({ type: 'acknowledge', terminal: 1, offset: 99_999_999 }),
      /acknowledgement of 99999999/,
    ],
  ];

  it.each(bad)('%s closes that page with the reason, and the shell goes on', async (_name, message, reason) => {
    const { session, page } = await openPage();
    const other = await secondPage(session);
    page.sendRaw(message);
    await pollUntil(
      () => page.closed !== undefined,
      () => 'closed',
    );
    expect(page.closed?.code).toBe(4400);
    expect(page.closed?.reason).toMatch(reason);
    other.type('echo still-here\r');
    await other.waitForText(/^still-here$/m);
  });

  it('a terminal that does not exist is an error and does not end the connection', async () => {
    const { page } = await openPage();
    page.request({ type: 'attach', terminal: 9, columns: 80, rows: 24 });
    await pollUntil(
      () => page.events.some((event) => event.type === 'error'),
      () => 'an error',
    );
    expect(page.events.at(-1)).toMatchObject({ type: 'error', code: 'LAB_ERR_NO_TERMINAL', terminal: 9 });
    page.type('echo fine\r');
    await page.waitForText(/^fine$/m);
  });

  it("another session's terminal cannot be reached over a link", async () => {
    const { page } = await openPage();
    await terminals.open('somebody-else', 2);
    const link = new PageTerminal(2);
    const session = `session-${lastSession}`;
    link.use(await terminals.service.connectViewer(session));
    link.attach();
    await pollUntil(
      () => link.events.length > 0,
      () => 'an answer',
    );
    expect(link.events[0]).toMatchObject({ type: 'error', code: 'LAB_ERR_NO_TERMINAL' });
    page.disconnect();
  });

  it('a number in use is refused', async () => {
    const { session } = await openPage();
    await expect(terminals.open(session, 1)).rejects.toMatchObject({ code: 'LAB_ERR_BUSY' });
  });

  it('ending a session closes its pages with "ended"', async () => {
    const { session, page } = await openPage();
    await terminals.service.closeSession(session);
    await pollUntil(
      () => page.closed !== undefined,
      () => 'closed',
    );
    expect(page.closed?.code).toBe(4410);
    expect(await terminals.service.list(session)).toEqual([]);
  });
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
