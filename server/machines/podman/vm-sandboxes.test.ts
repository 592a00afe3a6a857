// What readers are told when a machine's QEMU, container or socket fails. Machines are found by their notes.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeQemu } from '../../../tests/support/fake-qemu.ts';
import { launchPlan, vmSpec } from '../../../tests/support/vm-spec.ts';
import type { DiskImages } from '../vm/disk-images.ts';
import { VirtualMachine } from '../vm/virtual-machine.ts';
import type { Podman } from './podman-command.ts';
import { PodmanError } from './podman-command.ts';
import { VmSandboxes } from './vm-sandboxes.ts';

const plan = launchPlan({ machine: vmSpec({ screen: true }) });
const devices = (filename: string) => [{ label: 'tpm', filename }];
const id = 'sandbox0';

let folder: string;
let qemu: FakeQemu;
let vms: VmSandboxes;
const run = vi.fn<Podman['run']>();
const capture = vi.fn<Podman['capture']>();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vms-'));
  mkdirSync(join(folder, 'disk'));
  mkdirSync(join(folder, 'launch/desktop'), { recursive: true });
  writeFileSync(join(folder, 'launch/desktop/plan.json'), JSON.stringify({ plan, tampered: [] }));
  run.mockReset().mockResolvedValue('');
  capture.mockReset().mockResolvedValue({ exitCode: 0, stdout: '', stderr: '', timedOut: false });
  const place = { storageDir: folder, runtime: 'crun' as const };
  vms = new VmSandboxes({
    storageDir: folder,
    instance: 'test',
    podman: { place, globalArgs: () => [], run, capture },
    diskImages: {} as DiskImages,
    sandboxDir: () => folder,
    onChange: () => undefined,
  });
  qemu = await FakeQemu.start(join(folder, 'disk'), 'desktop', {
    'query-chardev': devices('unix:/disk/desktop-swtpm.sock'),
    'query-status': { status: 'running' },
  });
  await vms.findAgain(id);
});
afterEach(() => {
  vi.restoreAllMocks();
  vms[Symbol.dispose]();
  qemu.end();
  rmSync(folder, { recursive: true });
});

/** As podman reports it. */
function podmanError(): PodmanError {
  const failure = { stderr: 'Error: no such container', shortMessage: 'failed', timedOut: false, code: undefined };
  return new PodmanError('kill', failure as unknown as ConstructorParameters<typeof PodmanError>[1]);
}

test('without its TPM a machine is restarted, with a new number for the container', async () => {
  qemu.answers['query-chardev'] = devices('disconnected:unix:/disk/desktop-swtpm.sock');
  await vms.power(id, 'desktop', 'unplug');
  // The container's part: starts QEMU again, with a new TPM.
  run.mockImplementation(async () => {
    expect(readFileSync(join(folder, 'launch/desktop/number'), 'utf8')).toBe('2\n');
    qemu = await FakeQemu.start(join(folder, 'disk'), 'desktop', { 'query-chardev': devices('unix:') });
    return '';
  });
  await vms.power(id, 'desktop', 'start');
  expect(run.mock.calls[0]?.[0].slice(0, 3)).toEqual(['kill', '--signal', 'USR1']);
  expect(qemu.commands).toContain('cont');
  expect(vms.views(id)['desktop']).toMatchObject({ power: 'on', phase: 'firmware' });
});

test('when a container is gone, the start ends, and nobody goes on waiting for its QEMU', async () => {
  const attach = vi.spyOn(VirtualMachine.prototype, 'attach');
  qemu.end();
  rmSync(join(folder, 'disk/desktop-ended-1'));
  run.mockRejectedValue(podmanError());
  await vi.waitFor(() => expect(vms.views(id)['desktop']?.trouble).toBe('qemu-lost'));
  await expect(vms.power(id, 'desktop', 'start')).rejects.toMatchObject({
    code: 'LAB_ERR_EXEC',
    message: expect.stringContaining('machine desktop could not be switched on: podman kill: Error: no such') as string,
  });
  const waiting = attach.mock.results[0]?.value as Promise<void>;
  await expect(waiting).rejects.toThrow('no such container');
});

test('a QEMU that refuses, a guest that does not answer, a missing screen: each is reported with its machine', async () => {
  const told = (message: string) => ({
    code: 'LAB_ERR_EXEC',
    message: expect.stringMatching(`^machine desktop: .*${message}`) as string,
  });
  await expect(vms.openScreen(id, 'desktop')).rejects.toMatchObject(told('ENOENT.*; switch the machine on'));
  await expect(vms.readWindow(id, 'desktop')).rejects.toMatchObject(told('does not answer.*switch it off and on'));
  qemu.refusals['stop'] = 'not now';
  await expect(vms.power(id, 'desktop', 'unplug')).rejects.toMatchObject(told('not now.*reset the lab'));
  await expect(vms.touchSecurityKey(id, 'desktop')).rejects.toMatchObject({ code: 'LAB_ERR_BUSY' });
  await expect(vms.power(id, 'box', 'unplug')).rejects.toMatchObject({ code: 'LAB_ERR_BAD_REQUEST' });
});

test('after a failure during tampering the machine is still started, and podman’s message is passed on', async () => {
  capture.mockRejectedValueOnce(podmanError());
  run.mockImplementation(async () => {
    qemu = await FakeQemu.start(join(folder, 'disk'), 'desktop');
    return '';
  });
  await expect(vms.tamper(id, 'desktop', 'secure-boot')).rejects.toMatchObject({
    code: 'LAB_ERR_EXEC',
    message: expect.stringContaining('machine desktop: its container does not answer (podman kill') as string,
  });
  expect(vms.views(id)['desktop']).toMatchObject({ power: 'on', tampered: [] });
});
