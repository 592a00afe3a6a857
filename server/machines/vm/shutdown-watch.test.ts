// A system that goes down is told apart from one whose agent is being restarted or has not started yet.
import { expect, test } from 'vitest';
import { isAgentPortOpen, ShutdownWatch } from './shutdown-watch.ts';
import { QmpError } from './qmp-client.ts';

function watched() {
  const told: boolean[] = [];
  const now = { isUp: true, isOpen: true as boolean | undefined };
  const watch = new ShutdownWatch({
    isUp: () => now.isUp,
    isPortOpen: async () => now.isOpen,
    onLook: (goesDown) => told.push(goesDown),
  });
  return {
    told,
    async sees(...looks: (boolean | undefined)[]) {
      for (const isOpen of looks) {
        now.isOpen = isOpen;
        await watch.look();
      }
      return told.at(-1);
    },
    async isDown() {
      now.isUp = false;
      await watch.look();
      now.isUp = true;
    },
  };
}

test('an agent that is gone at two looks means that the system goes down; one that is back was only restarted', async () => {
  const { sees } = watched();
  expect(await sees(true)).toBe(false);
  expect(await sees(false)).toBe(false);
  expect(await sees(false)).toBe(true);
  expect(await sees(true)).toBe(false);
});

test('an agent that has not started yet in this boot means nothing, nor does a QEMU that does not answer', async () => {
  const { sees, isDown, told } = watched();
  await sees(true, undefined, undefined, undefined);
  expect(told).toEqual([false]);
  await isDown();
  await sees(false, false, false);
  expect(told).toEqual([false]);
});

test('QEMU’s answer about the agent’s port', async () => {
  const answering = (answer: unknown) => isAgentPortOpen({ execute: async () => answer as never });
  const tpm = { label: 'tpm', filename: 'unix:/x', 'frontend-open': true };
  expect(await answering([tpm, { label: 'agent', filename: 'unix:/y', 'frontend-open': false }])).toBe(false);
  expect(await answering([tpm])).toBeUndefined();
  expect(await answering({})).toBeUndefined();
  const refused = () => Promise.reject(new QmpError('gone'));
  expect(await isAgentPortOpen({ execute: refused })).toBeUndefined();
});
