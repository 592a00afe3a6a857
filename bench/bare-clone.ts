// A clone of a lab's template with nothing around it: QEMU and swtpm in a container that is already running. Sessions of
// virtual machines are compared with it.
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { LabMachines, VmSpec } from '../server/machines/engine.ts';
import { readHostFacts } from '../server/machines/podman/host-facts.ts';
import { createImageBuilder } from '../server/machines/podman/image-builder.ts';
import { createPodman } from '../server/machines/podman/podman-command.ts';
import { BootTimes } from '../server/machines/vm/boot-times.ts';
import { launchFiles, type LaunchPlan } from '../server/machines/vm/launch-files.ts';
import { stateInside } from '../server/machines/vm/qemu-arguments.ts';
import { connectSandboxSocket } from '../server/machines/vm/sandbox-socket.ts';
import { deviceStateFile } from '../server/machines/vm/saved-machine.ts';
import { VirtualMachine } from '../server/machines/vm/virtual-machine.ts';
import {
  diskInside,
  launchInside,
  machineAddress,
  socketPath,
  storedDir,
  storedInside,
} from '../server/machines/vm/vm-place.ts';

const containerTimeoutMs = 60_000;
const answerWithinMs = 30_000;

/**
 * Starts clones one after the other. @returns for each clone the milliseconds from the start of swtpm and QEMU to a command's answer
 * @throws {Error} when the lab has no template yet
 */
export async function timeBareClones(
  lab: LabMachines,
  machine: VmSpec,
  options: { storageDir: string; acceleration: 'kvm' | 'emulation'; runs: number },
): Promise<number[]> {
  const { storageDir } = options;
  const { runtime } = await readHostFacts();
  const podman = createPodman({ storageDir, runtime });
  const image = await createImageBuilder({ storageDir, podman }).reference('vm-host');
  const state = await templateDir(storageDir, lab.lab, machine.name);
  if (image === undefined || state === undefined) throw new Error(`the lab ${lab.lab} has no template`);
  const work = await mkdtemp(join(tmpdir(), 'eu-os-labs-bare-'));
  const name = `eu-os-labs-bare-${process.pid}`;
  const volumes = [
    `${storedDir(storageDir)}:${storedInside}:ro`,
    `${state}:${stateInside}:ro`,
    `${join(work, 'launch')}:${launchInside}:ro`,
    `${join(work, 'disk')}:${diskInside}`,
  ].flatMap((volume) => ['--volume', volume]);
  const limits = '--pids-limit 0 --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --log-driver none'.split(' ');
  const kvm = options.acceleration === 'kvm' ? ['--device', '/dev/kvm'] : [];
  const start = [
    'run',
    '--rm',
    '--interactive',
    '--name',
    name,
    '--network',
    'none',
    '--security-opt',
    'label=disable',
  ];
  // A saved network card needs a tap of its kind; there is nothing behind this one.
  const tap = machine.network ? ['--cap-add', 'NET_ADMIN', '--device', '/dev/net/tun'] : [];
  const args = [...start, ...tap, ...limits, ...volumes, ...kvm, '--entrypoint', '/bin/sh', image];
  for (const dir of ['launch', 'disk']) await mkdir(join(work, dir));
  const shell = execa('podman', [...podman.globalArgs(), ...args], { reject: false, all: true });
  if (machine.network) shell.stdin?.write(`ip tuntap add dev ${machineAddress(0).tap} mode tap\n`);
  try {
    const times: number[] = [];
    for (let run = 0; run <= options.runs; run += 1) {
      const time = await timeOne((script) => shell.stdin?.write(script), machine, work, options.acceleration);
      // The first clone reads the files into the page cache, where they are on a server in use.
      if (run > 0) times.push(time);
    }
    return times;
  } finally {
    shell.stdin?.end();
    await podman.capture(['rm', '--force', '--time', '0', '--ignore', name], { timeoutMs: containerTimeoutMs });
    await shell;
    await rm(work, { recursive: true, force: true });
  }
}

async function timeOne(
  sh: (script: string) => void,
  machine: VmSpec,
  work: string,
  acceleration: 'kvm' | 'emulation',
): Promise<number> {
  const plan: LaunchPlan = {
    machine,
    index: 0,
    acceleration,
    memory: 'clone',
    isRestored: true,
    hasOtherFirmware: false,
    generation: randomUUID(),
    number: 1,
    hasState: true,
    diskImages: {},
    neighbours: [],
  };
  for (const [file, content] of Object.entries(launchFiles(plan))) {
    await writeFile(join(work, 'launch', file), content);
  }
  const disk = join(work, 'disk');
  const startedAt = performance.now();
  const tpm = `${diskInside}/vm/${machine.name}/tpm`;
  const socket = socketPath(diskInside, machine.name, 'swtpm');
  sh(
    [
      `mkdir -p ${diskInside}/vm; sh -e ${launchInside}/files`,
      ...(machine.tpm ? [`swtpm socket --tpm2 --tpmstate dir=${tpm} --ctrl type=unixio,path=${socket} & tpm=$!`] : []),
      ...(machine.tpm ? [`until [ -S ${socket} ]; do sleep 0.01; done`] : []),
      `sh ${launchInside}/qemu > ${diskInside}/qemu.log 2>&1 & qemu=$!`,
      '',
    ].join('\n'),
  );
  const bootTimes = new BootTimes(join(disk, 'boot-times.json'));
  const vm = new VirtualMachine({
    spec: machine,
    disk,
    acceleration,
    tampered: [],
    bootTimes,
    onChange: () => undefined,
  });
  try {
    await vm.attach(1, AbortSignal.timeout(containerTimeoutMs));
    await vm.restore(`${stateInside}/${deviceStateFile}`, { phase: 'ready' });
    await answered(socketPath(disk, machine.name, 'serial'));
    return performance.now() - startedAt;
  } finally {
    vm.close();
    sh(`kill -KILL $qemu $tpm; wait; rm -rf ${diskInside}/*\n: > ${diskInside}/cleared\n`);
    await untilThere(join(disk, 'cleared'));
  }
}

async function answered(path: string): Promise<void> {
  const serial = await connectSandboxSocket(path);
  const seen = Promise.withResolvers<void>();
  const timer = setTimeout(() => seen.reject(new Error('the bare clone did not answer')), answerWithinMs);
  let text = '';
  serial.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (text.includes('answer-42')) seen.resolve();
  });
  serial.on('error', seen.reject);
  serial.write('\recho answer-$((6*7))\r');
  await seen.promise.finally(() => {
    clearTimeout(timer);
    serial.destroy();
  });
}

async function untilThere(file: string): Promise<void> {
  const until = Date.now() + containerTimeoutMs;
  const [dir, name] = [join(file, '..'), file.slice(file.lastIndexOf('/') + 1)];
  while (!(await readdir(dir)).includes(name)) {
    if (Date.now() > until) throw new Error(`${file} did not appear in time`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await rm(file);
}

/** The machine's part of the lab's beginning, the newest one. */
async function templateDir(storageDir: string, lab: string, machine: string): Promise<string | undefined> {
  const dir = join(storedDir(storageDir), 'states', lab);
  const found = (await readdir(dir)).filter((name) => name.startsWith('beginning-')).toSorted();
  return found.length === 0 ? undefined : join(dir, found.at(-1) ?? '', machine);
}
