// Memory and processor time of virtual machines, from outside: QEMU, swtpm and the security key in the containers around them. Only on Linux.
import { readFile } from 'node:fs/promises';
import { createPodman } from '../server/machines/podman/podman-command.ts';
import { readHostFacts } from '../server/machines/podman/host-facts.ts';

const listTimeoutMs = 30_000;
/** The security key is the only Python there. */
const measured = new Set(['qemu-system-x86', 'swtpm', 'python3']);
/** The unit of /proc/PID/stat: on every machine Linux reports 100 ticks a second to programs. */
const ticksPerSecond = 100;

/** @returns session id → process ids of its QEMU, its swtpm and its security key; sandboxes without any are left out */
export async function vmProcesses(storageDir: string): Promise<Map<string, number[]>> {
  const { runtime } = await readHostFacts();
  const podman = createPodman({ storageDir, runtime });
  const format = '{{.Pid}} {{index .Labels "eu-os-labs.sandbox"}}';
  const lines = await podman.run(['ps', '--filter', 'label=eu-os-labs.sandbox', '--format', format], {
    timeoutMs: listTimeoutMs,
  });
  const found = new Map<string, number[]>();
  for (const line of lines.trim().split('\n')) {
    const [init = '', sandbox = ''] = line.split(' ');
    if (sandbox === '') continue;
    const children: number[] = [];
    for (const child of await childrenOf(Number(init))) {
      if (measured.has((await read(`/proc/${child}/comm`)).trim())) children.push(child);
    }
    if (children.length > 0) found.set(sandbox, [...(found.get(sandbox) ?? []), ...children]);
  }
  return found;
}

/** Their total proportional set size: memory that is shared with others counts in part. */
export async function pssMiB(processes: readonly number[]): Promise<number> {
  let kiB = 0;
  for (const process of processes) {
    kiB += Number(/^Pss:\s+(\d+) kB$/m.exec(await read(`/proc/${process}/smaps_rollup`))?.[1] ?? 0);
  }
  return kiB / 1024;
}

/** Processor time that they have used so far, in seconds. */
export async function cpuSeconds(processes: readonly number[]): Promise<number> {
  let ticks = 0;
  for (const process of processes) {
    // The name in parentheses may contain anything.
    const fields = (await read(`/proc/${process}/stat`)).replace(/^.*\) /, '').split(' ');
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  }
  return ticks / ticksPerSecond;
}

async function childrenOf(process: number): Promise<number[]> {
  return (await read(`/proc/${process}/task/${process}/children`)).trim().split(/\s+/).filter(Boolean).map(Number);
}

/** Empty for a process that has ended meanwhile. */
async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (failure) {
    if (['ENOENT', 'ESRCH'].includes((failure as NodeJS.ErrnoException).code ?? '')) return '';
    throw failure;
  }
}
