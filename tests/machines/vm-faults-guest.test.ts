// A guest that harms itself: its kernel panics, it fills its session's disk. The server tells, and the next start works.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootTimeoutMs, openDesktops, type Desktops } from '../support/encrypted-desktop.ts';

let desktops: Desktops;
beforeAll(async () => {
  desktops = await openDesktops();
});
afterAll(() => desktops[Symbol.asyncDispose]());

/** A program whose guest does not live to tell of its end. */
function runToTheEnd(id: string, script: string): void {
  const request = { machine: 'desktop', argv: ['bash', '-c', script], timeoutMs: 5_000, maxOutputBytes: 1_000 };
  desktops.engine.exec(id, request).catch(() => undefined);
}

test(
  'a kernel’s panic is told, and a reset begins a new boot',
  async () => {
    const { engine, start, until, view } = desktops;
    const id = await start();
    expect(view(id)).toMatchObject({ power: 'on', phase: 'ready' });
    runToTheEnd(id, 'echo c > /proc/sysrq-trigger');
    await until(id, ({ trouble }) => expect(trouble).toBe('panic'));
    await engine.power(id, 'desktop', 'reset');
    expect(view(id)).toMatchObject({ power: 'on', phase: 'firmware' });
    expect(view(id).trouble).toBeUndefined();
    await engine.stop(id);
    expect(await engine.status(id)).toBe('absent');
  },
  bootTimeoutMs,
);

test(
  'a guest that fills the session’s disk is stopped and told; the host and other sessions have their room',
  async () => {
    const { engine, start, sh, until, view } = desktops;
    const [full, other] = [await start(64), await start(64)];
    runToTheEnd(full, 'dd if=/dev/urandom of=/var/filled bs=1M count=200 conv=fsync');
    await until(full, ({ trouble }) => expect(trouble).toBe('disk-full'));
    expect(view(full).detail).toContain('disk');
    expect(await sh(other, 'echo fine')).toMatchObject({ exitCode: 0, stdout: 'fine\n' });
    expect(view(other).trouble).toBeUndefined();
    await engine.stop(full);
    await engine.stop(other);
    expect(await engine.list()).toEqual([]);
  },
  bootTimeoutMs,
);
