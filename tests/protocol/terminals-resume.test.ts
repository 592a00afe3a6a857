// Pages that come and go in the middle of output: nothing is repeated and nothing is missing.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resumeBufferBytes } from '../../server/protocol/limits.ts';
import { PageTerminal, pollUntil } from '../support/page-terminal.ts';
import { startTestTerminals, type TestTerminals } from '../support/test-terminals.ts';

let terminals: TestTerminals;
beforeAll(async () => {
  terminals = await startTestTerminals();
});
afterAll(() => terminals[Symbol.asyncDispose]());

let lastSession = 0;
async function openProgram(script: string) {
  const session = `resume-${++lastSession}`;
  await terminals.open(session, 1, { file: 'sh', args: ['-c', `read go; ${script}; read end`], env: {} });
  const page = new PageTerminal(1);
  await page.connect(terminals.service, session);
  await pollUntil(
    () => page.snapshots === 1,
    () => 'a first screen',
  );
  return { session, page };
}

const numbers = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, at) => String(first + at)).join('\n');

describe('resuming', () => {
  it('gives exactly the missing bytes while they are kept', async () => {
    const { session, page } = await openProgram('seq 1 20000');
    page.keepBytes = true;
    page.type('\r');
    let reconnects = 0;
    while ((page.offset ?? 0) < 128_000) {
      const next = (page.offset ?? 0) + 10_000;
      await page.waitForOffset(Math.min(next, 128_000));
      page.disconnect();
      await page.connect(terminals.service, session);
      reconnects++;
    }
    await page.waitForText(/^20000$/m);
    expect(reconnects).toBeGreaterThan(1);
    expect(page.snapshots).toBe(1);
    expect(Buffer.concat(page.kept).toString().replaceAll('\r', '').trim()).toBe(numbers(1, 20_000));
  });

  it('gives the whole screen when too much was missed', async () => {
    const { session, page } = await openProgram('seq 1 200000');
    page.disconnect();
    const starter = new PageTerminal(1);
    await starter.connect(terminals.service, session);
    await pollUntil(
      () => starter.snapshots === 1,
      () => 'a first screen',
    );
    starter.type('\r');
    await starter.waitForText(/^200000$/m, 30_000);
    expect(starter.offset).toBeGreaterThan(2 * resumeBufferBytes);
    await page.connect(terminals.service, session);
    await page.waitForText(/^200000$/m);
    expect(page.snapshots).toBe(2);
    expect(page.text()).toBe(starter.text());
  });

  it('survives a million lines with random disconnects, to the last byte of the last screen', async () => {
    const { session, page } = await openProgram('seq 1 1000000');
    // A page that stays, for comparison, and one that comes and goes.
    const loyal = new PageTerminal(1);
    await loyal.connect(terminals.service, session);
    await pollUntil(
      () => loyal.snapshots === 1,
      () => 'a first screen',
    );
    loyal.type('\r');
    const total = 2 + 6_888_896 + 1_000_000;
    const waits = fc.sample(fc.integer({ min: 1_000, max: 900_000 }), { numRuns: 12, seed: 7 });
    for (const wait of waits) {
      await page.waitForOffset(Math.min((page.offset ?? 0) + wait, total), 60_000);
      page.disconnect();
      await page.connect(terminals.service, session);
    }
    await loyal.waitForOffset(total, 60_000);
    await page.waitForOffset(total, 60_000);
    await loyal.waitForText(/1000000$/);
    await page.waitForText(/1000000$/);
    const [info] = await terminals.service.list(session);
    expect([info?.offset, page.offset, loyal.offset]).toEqual([total, total, total]);
    expect(loyal.snapshots).toBe(1);
    expect(loyal.text()).toBe(numbers(1_000_000 - 5_000 - 23 + 1, 1_000_000));
    expect(page.text()).toBe(loyal.text());
  }, 90_000);

  it('never holds up the program while there is no page', async () => {
    const { session, page } = await openProgram('seq 1 300000');
    page.type('\r');
    page.disconnect();
    await expect
      .poll(async () => (await terminals.service.list(session))[0]?.offset, { timeout: 30_000 })
      .toBe(2 + 1_988_895 + 300_000);
  });

  it('shows an editor as it was left', async () => {
    const { session, page } = await openProgram("printf '\\033[?1049h\\033[2J\\033[3;5Hediting\\033[?25l'");
    page.type('\r');
    await page.waitForText(/editing/);
    const fresh = new PageTerminal(1);
    await fresh.connect(terminals.service, session);
    await fresh.waitForText(/^ {4}editing/m);
    expect(fresh.screen.buffer.active.type).toBe('alternate');
    expect([fresh.screen.buffer.active.cursorX, fresh.screen.buffer.active.cursorY]).toEqual([11, 2]);
  });
});
