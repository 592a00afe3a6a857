// What keeps running after the server has stopped because readers work in it: sandboxes, and the pty host with its shells.
import type { LabServerConfig } from '../../server/config.ts';
import { createPodmanEngine } from '../../server/machines/podman/podman-engine.ts';
import { HostControl } from '../../server/terminals/host-control.ts';
import { hostSocketPath } from '../../server/terminals/host-protocol/host-paths.ts';

/** One or two lines for a person. */
export async function leftRunning(config: LabServerConfig): Promise<string> {
  const [sandboxes, host] = await Promise.all([countSandboxes(config), lookAtPtyHost(config.stateDir)]);
  return leftText(sandboxes, host);
}

/** Pure: the counts in words. */
export function leftText(sandboxes: number, host: { pid: number; terminals: number } | undefined): string {
  if (sandboxes === 0 && host === undefined) return 'Nothing was left running.';
  const left = [
    ...(sandboxes === 0 ? [] : [`${sandboxes} ${sandboxes === 1 ? 'sandbox' : 'sandboxes'}`]),
    ...(host === undefined
      ? []
      : [
          `the pty host (process ${host.pid}) with ${host.terminals} ${host.terminals === 1 ? 'terminal' : 'terminals'}`,
        ]),
  ];
  return `Left running for the readers: ${left.join(', ')}.\nnpm start finds them again. npm run sessions lists them and ends those that you name; npm run clean ends all of them and removes all images and files.`;
}

async function countSandboxes(config: LabServerConfig): Promise<number> {
  const engine = createPodmanEngine({ stateDir: config.stateDir, storageDir: config.storageDir });
  if ((await engine.open()) !== undefined) return 0;
  return (await engine.list()).length;
}

async function lookAtPtyHost(stateDir: string): Promise<{ pid: number; terminals: number } | undefined> {
  const found = await HostControl.connect(hostSocketPath(stateDir));
  found?.control.close();
  return found?.welcome;
}
