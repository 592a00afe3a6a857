import { expect, test } from 'vitest';
import { StartSlots } from './start-slots.ts';

test('a limited number at once, readers first, each in turn, and a failure gives its slot back', async () => {
  const slots = new StartSlots(2);
  const order: string[] = [];
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const begin = (name: string, isUrgent: boolean) => {
    const gate = Promise.withResolvers<void>();
    gates.set(name, gate);
    return slots.run(isUrgent, async () => {
      order.push(name);
      await gate.promise;
      return name;
    });
  };
  const all = [begin('a', true), begin('b', false), begin('ahead', false), begin('c', true), begin('d', true)];
  expect(order).toEqual(['a', 'b']);
  gates.get('a')?.reject(new Error('no memory'));
  await expect(all[0]).rejects.toThrow('no memory');
  for (const name of ['b', 'c', 'd', 'ahead']) {
    await expect.poll(() => order.includes(name)).toBe(true);
    gates.get(name)?.resolve();
  }
  expect(await Promise.all(all.slice(1))).toEqual(['b', 'ahead', 'c', 'd']);
  expect(order).toEqual(['a', 'b', 'c', 'd', 'ahead']);
});

test('a start that is no longer wanted takes no slot and holds up nobody', async () => {
  const slots = new StartSlots(1);
  const gate = Promise.withResolvers<void>();
  const first = slots.run(true, () => gate.promise);
  const left = new AbortController();
  const second = slots.run(true, () => Promise.reject(new Error('began')), left.signal);
  const third = slots.run(true, () => Promise.resolve('third'));
  left.abort(new Error('ended by its reader'));
  await expect(second).rejects.toThrow('ended by its reader');
  gate.resolve();
  await first;
  expect(await third).toBe('third');
  await expect(slots.run(true, () => Promise.resolve(), left.signal)).rejects.toThrow('ended by its reader');
});
