// A guest that harms itself: its kernel panics, it fills its session's disk. The server reports it, and a new start works.
import { expect, test } from 'vitest';
import type { VmTrouble } from '../../server/protocol/messages.ts';
import { testVm, type RealVms } from '../support/real-vm.ts';
import { untilView, withPreparedVms } from './support/prepared-vms.ts';

/** A panic is reported within a second, and a disk of some MiB is full within a few; a crowded host may need minutes. */
const troubleMs = 300_000;

let vms: RealVms;
withPreparedVms((prepared) => {
  vms = prepared;
});

/** Runs a program whose end the guest does not live to report. */
function runToTheEnd(id: string, script: string): void {
  vms.sh(id, script, 5_000).catch(() => undefined);
}

const untilTrouble = (id: string, trouble: VmTrouble) =>
  untilView(vms, id, `trouble ${trouble}`, (view) => view.trouble === trouble, troubleMs);

test(
  'a kernel panic is reported, and a reset begins a new boot',
  async () => {
    const id = await vms.start();
    expect(vms.view(id)).toMatchObject({ power: 'on', phase: 'ready' });
    runToTheEnd(id, 'echo c > /proc/sysrq-trigger');
    await untilTrouble(id, 'panic');
    await vms.engine.power(id, testVm.name, 'reset');
    expect(vms.view(id)).toMatchObject({ power: 'on', phase: 'firmware' });
    expect(vms.view(id).trouble).toBeUndefined();
    await vms.engine.stop(id);
    expect(await vms.engine.status(id)).toBe('absent');
  },
  2 * troubleMs,
);

test(
  'a guest that fills the session’s disk is stopped, which is reported; another session keeps its space',
  async () => {
    const [full, other] = [await vms.start({ diskMiB: 64 }), await vms.start({ diskMiB: 64 })];
    runToTheEnd(full, 'dd if=/dev/urandom of=/var/filled bs=1M count=200 conv=fsync');
    await untilTrouble(full, 'disk-full');
    expect(vms.view(full).detail).toContain('disk');
    expect(await vms.sh(other, 'echo fine')).toMatchObject({ exitCode: 0, stdout: 'fine\n' });
    expect(vms.view(other).trouble).toBeUndefined();
    await vms.engine.stop(full);
    await vms.engine.stop(other);
    expect(await vms.engine.list()).toEqual([]);
  },
  2 * troubleMs,
);
