// Closing one terminal ends what runs in it inside the machine, and nothing of the other terminals.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRealSandboxes, testMachine, type RealSandboxes } from '../support/real-sandbox.ts';
import { startTestTerminals, type TestTerminals } from '../support/test-terminals.ts';
import { PageTerminal, pollUntil } from '../support/page-terminal.ts';

let sandboxes: RealSandboxes;
let terminals: TestTerminals;

beforeAll(async () => {
  sandboxes = await openRealSandboxes();
  terminals = await startTestTerminals();
});

afterAll(async () => {
  await terminals?.[Symbol.asyncDispose]();
  await sandboxes?.[Symbol.asyncDispose]();
});

test('its programs are hung up, those of another terminal go on', async () => {
  const id = await sandboxes.start();
  for (const number of [1, 2]) {
    await terminals.open(id, number, sandboxes.engine.terminalCommand(id, testMachine.name, number));
    const page = new PageTerminal(number);
    await page.connect(terminals.service, id);
    page.request({ type: 'run', terminal: number, block: `b${number}`, command: `sleep 100${number}` });
    await pollUntil(
      () => page.blocks.get(`b${number}`)?.state === 'running',
      () => 'the block runs',
    );
  }
  await terminals.service.close(id, 1);
  await sandboxes.engine.endTerminal(id, testMachine.name, 1);
  const running = async (seconds: number) => (await sandboxes.sh(id, `pgrep -c -f '^sleep ${seconds}'`)).stdout.trim();
  await expect.poll(() => running(1001)).toBe('0');
  expect(await running(1002)).toBe('1');
});
