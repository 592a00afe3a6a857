// A virtual machine's terminals as a page sees them: console and logins, run blocks over reboots, sizes, a pty host that dies.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SessionView } from '../../server/protocol/messages.ts';
import { hostLogPath } from '../../server/terminals/host-protocol/host-paths.ts';
import type { LabReader } from '../lessons/lab-reader.ts';
import { PageTerminal, pollUntil } from '../support/page-terminal.ts';
import { startTestLabServer, until, vmLabFile, writeLab, type TestLabServer } from '../support/test-lab-server.ts';
import { startSession } from '../support/test-reader.ts';

let server: TestLabServer;
let reader: LabReader;
let session: SessionView;
let page: PageTerminal;

beforeEach(async () => {
  server = await startTestLabServer({ editLabs: (labsDir) => writeLab(labsDir, 'vm-lab', vmLabFile) });
  ({ reader, session } = await startSession(server.url, 'vm-lab'));
  page = new PageTerminal(1, 90, 30);
  page.use(await reader.openSocket(session));
  page.attach();
  await page.waitForText(/[$#] ?$/);
});

afterEach(async () => {
  page.disconnect();
  await server[Symbol.asyncDispose]();
});

const power = (action: string) => reader.call('POST', `/api/sessions/${session.id}/machines/desktop/power`, { action });

/** Does something that starts another shell, and waits for its prompt, which it prints after an Enter like any parked shell. */
async function nextPrompt(act: () => Promise<unknown>): Promise<void> {
  const prompts = () => page.text().split('\necho:').length;
  await act();
  const before = prompts();
  let typedAt = 0;
  await pollUntil(
    () => {
      if (Date.now() - typedAt > 500) page.type('\r');
      if (Date.now() - typedAt > 500) typedAt = Date.now();
      return prompts() > before;
    },
    () => page.text(),
  );
}

test('the console shows what is typed, has the page’s size, and keeps it over a reboot', async () => {
  const sizeIs = async (round: number, size: string) => {
    await page.runBlock(
      `a#size-${round}`,
      `until [ "$(stty size)" = "${size}" ]; do sleep 0.05; done; echo is-${size}`,
    );
    await page.waitForText(new RegExp(`^is-${size}$`, 'm'));
  };
  await sizeIs(1, '30 90');
  page.request({ type: 'resize', terminal: 1, columns: 70, rows: 25 });
  await sizeIs(2, '25 70');
  await power('unplug');
  page.request({ type: 'run', terminal: 1, block: 'a#off', command: 'true' });
  await pollUntil(
    () => page.error('a#off') !== undefined,
    () => 'a refusal, because nothing is typed into a machine that is off',
  );
  await nextPrompt(() => power('start'));
  await sizeIs(3, '25 70');
});

test('run blocks: a question and its answer, a reboot, a machine that was switched off', async () => {
  page.request({
    type: 'run',
    terminal: 1,
    block: 'a#ask',
    command: "read -rp 'Pass''phrase: ' x; echo got=$x; (exit 4)",
    until: 'Passphrase:',
  });
  await pollUntil(
    () => page.blocks.get('a#ask')?.state === 'done',
    () => page.text(),
  );
  expect(page.blocks.get('a#ask')).toMatchObject({ exitStatus: 0 });
  page.request({ type: 'run', terminal: 1, block: 'a#answer', command: 'correct horse', keys: true });
  await pollUntil(
    () => page.blocks.get('a#answer')?.state === 'done',
    () => page.text(),
  );
  expect(page.blocks.get('a#answer')).toMatchObject({ exitStatus: 4 });
  await page.waitForText(/^got=correct horse$/m);
  // The shell ends and the console starts another one: the block that caused this is done at its first prompt.
  expect(await page.runBlock('a#reboot', 'kill -9 $$')).toMatchObject({ state: 'done', exitStatus: 0 });
  expect(await page.runBlock('a#after', 'true')).toMatchObject({ exitStatus: 0 });
  page.request({ type: 'run', terminal: 1, block: 'a#off', command: 'sleep 600' });
  await pollUntil(
    () => page.blocks.get('a#off')?.state === 'running',
    () => 'running',
  );
  await power('unplug');
  await nextPrompt(() => power('start'));
  await pollUntil(
    () => page.blocks.get('a#off')?.state === 'done',
    () => JSON.stringify(page.blocks.get('a#off')),
  );
});

test('after tampering, which restarts the machine’s QEMU, the same terminal continues', async () => {
  await page.runBlock('a#before', 'echo before');
  await nextPrompt(() =>
    reader.call('POST', `/api/sessions/${session.id}/machines/desktop/tamper`, { kind: 'command-line' }),
  );
  expect(await page.runBlock('a#after', 'echo after')).toMatchObject({ exitStatus: 0 });
  expect(page.snapshots).toBe(1);
});

test('a login is a terminal of its own beside the console', async () => {
  const login = new PageTerminal(2);
  login.use(await reader.openSocket(session));
  login.attach();
  await login.waitForText(/[$#] ?$/);
  expect(await login.runBlock('a#tty', '[ -t 0 ] && tty')).toMatchObject({ exitStatus: 0 });
  login.disconnect();
});

test('when the pty host dies the console is opened again on the same shell', async () => {
  await page.runBlock('a#set', 'x=survived');
  process.kill(Number(/"pid":(\d+)/.exec(readFileSync(hostLogPath(server.stateDir), 'utf8'))?.[1]), 'SIGKILL');
  const now = await until(
    () => reader.call<SessionView>('GET', `/api/sessions/${session.id}`),
    ({ terminals }) => (terminals[0]?.number ?? 0) > 2,
  );
  expect(now.terminals).toMatchObject([{ kind: 'serial' }, { kind: 'shell' }]);
  const again = new PageTerminal(now.terminals[0]!.number);
  again.use(await reader.openSocket(session));
  again.attach();
  await again.waitForText(/[$#] ?$/);
  again.type('echo $x\r');
  await again.waitForText(/^survived$/m);
  again.disconnect();
});
