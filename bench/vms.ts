// How long readers of a lab with a virtual machine wait, and what their machines need, measured on a server of its own.
import { freemem } from 'node:os';
import { readLabs, type Lab } from '../labs/read-lab.ts';
import type { LabServerConfig } from '../server/config.ts';
import type { LabMachines, VmSpec } from '../server/machines/engine.ts';
import type { LabView } from '../server/protocol/messages.ts';
import { labMachines } from '../server/sessions/lab-machines.ts';
import type { MeasuredFigure } from '../src/page-schemas/figures.ts';
import { LabReader } from '../tests/lessons/lab-reader.ts';
import { startOwnServer, type OwnServer } from '../tests/lessons/own-server.ts';
import { timeBareClones } from './bare-clone.ts';
import { readAcceleration } from './figures-file.ts';
import { PageSession } from './page-session.ts';
import { quantile, timeKeys } from './typed-keys.ts';
import { cpuSeconds, pssMiB, vmProcesses } from './vm-processes.ts';

/** The first call may have to build images and boot the template. */
const preparedWithinMs = 60 * 60_000;
/** How long an idle machine is watched. */
const idleMs = 20_000;
const burstMs = 10_000;
const keysEach = 15;
const typedInto = 20;
const stopSignals = ['SIGINT', 'SIGTERM'] as const;

export interface VmOptions {
  config: LabServerConfig;
  runs: number;
  /** Sessions that are started within ten seconds; 0: not measured. */
  burst: number;
  /** Sessions that run at the same time; 0: not measured. */
  many: number;
  say: (line: string) => void;
}

type Measured = Record<string, MeasuredFigure>;

/** The lab that is measured: the first with one machine, a virtual one. @throws {Error} without one */
export function findVmLab(config: LabServerConfig): { lab: Lab; machines: LabMachines; machine: VmSpec } {
  for (const lab of readLabs(config.labsDir).labs) {
    const machines = labMachines(lab);
    const [machine, ...others] = machines.machines;
    if (machine?.type === 'vm' && others.length === 0) return { lab, machines, machine };
  }
  throw new Error(`found no lab with one virtual machine in ${config.labsDir}`);
}

/** @throws {Error} when the lab cannot be prepared, or a session fails */
export async function measureVms(options: VmOptions): Promise<Measured> {
  const { lab, machines, machine } = findVmLab(options.config);
  const measured: Measured = {};
  await withServer(options, 0, async (server) => {
    await untilReady(server.url, lab.id, options.say);
    options.say(`click to answered command, started on demand: ${options.runs} runs`);
    measured['click-cold'] = milliseconds(await clicks(server.url, lab.id, options.runs));
    measured['idle-memory'] = await idleMemory(server.url, lab.id, options.config.storageDir);
    measured['idle-processor'] = await idleProcessor(server.url, lab.id, options.config.storageDir);
    if (options.burst > 0) Object.assign(measured, await burst(server.url, lab.id, options));
    if (options.many > 0) Object.assign(measured, await many(server.url, lab.id, options));
  });
  await withServer(options, 1, async (server) => {
    options.say(`click to answered command, prepared: ${options.runs} runs`);
    const pauseMs = 2 * (measured['click-cold']?.p95 ?? 0) + 1_000;
    measured['click-prepared'] = milliseconds(await clicks(server.url, lab.id, options.runs, pauseMs));
  });
  options.say(`a bare clone: ${options.runs} runs`);
  const { storageDir } = options.config;
  const { kind: acceleration } = await readAcceleration(storageDir);
  const bare = await timeBareClones(machines, machine, { storageDir, acceleration, runs: options.runs });
  measured['bare-clone'] = milliseconds(bare);
  return measured;
}

async function withServer(
  { many, burst: starts }: VmOptions,
  prepared: number,
  measure: (server: OwnServer) => Promise<void>,
): Promise<void> {
  const seats = String(Math.max(many, starts) + 10);
  const generous = ['--starts-per-minute', '10000', '--requests-per-minute', '100000', '--seats', seats];
  // All readers of the benchmark have the same address.
  generous.push('--requests-per-minute-per-address', '1000000', '--starts-per-minute-per-address', '10000');
  generous.push('--sessions-per-address', '10000', '--queue-places', '10000');
  await using server = await startOwnServer(['--prepared', String(prepared), ...generous]);
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(new Error('stopped; what was started is ended'));
  // Whoever stops the measurement does not want a hundred machines left running.
  for (const signal of stopSignals) process.once(signal, stop);
  try {
    await Promise.race([measure(server), stopped.promise]);
  } finally {
    for (const signal of stopSignals) process.off(signal, stop);
  }
}

/** Waits until sessions of the lab can be started. */
async function untilReady(url: string, lab: string, say: (line: string) => void): Promise<void> {
  const until = Date.now() + preparedWithinMs;
  const reader = new LabReader(url);
  let told = '';
  for (;;) {
    const { state, detail, progress } = await reader.call<LabView>('GET', `/api/labs/${lab}`);
    if (state === 'ready') return;
    if (state !== 'preparing') throw new Error(`the lab ${lab} is ${state}: ${detail ?? ''}`);
    if (Date.now() > until) throw new Error(`the lab ${lab} was not prepared in time`);
    if (progress !== undefined && progress.step !== told) say(`preparing ${lab}: ${(told = progress.step)}`);
    await pause(500);
  }
}

/** @param pauseMs before each: as long as the server needs to prepare a sandbox */
async function clicks(url: string, lab: string, runs: number, pauseMs = 0): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run <= runs; run += 1) {
    await pause(pauseMs);
    const session = await PageSession.start(url, lab);
    try {
      const time = await session.answered();
      // The first run warms caches that are warm on a server in use.
      if (run > 0) times.push(time);
    } finally {
      await session.end();
    }
  }
  return times;
}

async function idleMemory(url: string, lab: string, storageDir: string): Promise<MeasuredFigure> {
  const session = await PageSession.start(url, lab);
  try {
    await session.answered();
    await pause(idleMs);
    return one('MiB', await pssMiB((await vmProcesses(storageDir)).get(session.id) ?? []));
  } finally {
    await session.end();
  }
}

async function idleProcessor(url: string, lab: string, storageDir: string): Promise<MeasuredFigure> {
  const session = await PageSession.start(url, lab);
  try {
    await session.answered();
    await pause(idleMs);
    const processes = (await vmProcesses(storageDir)).get(session.id) ?? [];
    return one('%', await processorShare(processes));
  } finally {
    await session.end();
  }
}

/** Per cent of one processor, over twenty seconds. */
async function processorShare(processes: number[]): Promise<number> {
  const [startedAt, before] = [performance.now(), await cpuSeconds(processes)];
  await pause(idleMs);
  return ((await cpuSeconds(processes)) - before) / ((performance.now() - startedAt) / 100_000);
}

/** Readers who arrive evenly within ten seconds. */
async function burst(url: string, lab: string, { burst: count, say }: VmOptions): Promise<Measured> {
  say(`${count} sessions started within ${burstMs / 1000} s`);
  const clicked = Array.from({ length: count }, async (_, at) => {
    await pause((burstMs / count) * at);
    return PageSession.start(url, lab);
  });
  try {
    const ready = await Promise.all(clicked.map(async (session) => (await session).ready));
    return { 'burst-ready': milliseconds(ready) };
  } finally {
    await endAll(clicked);
  }
}

async function many(url: string, lab: string, options: VmOptions): Promise<Measured> {
  const { many: count, say, config } = options;
  say(`${count} sessions at once`);
  const freeBefore = freemem();
  const clicked = Array.from({ length: count }, () => PageSession.start(url, lab));
  try {
    const sessions = await Promise.all(clicked);
    for (const [at, session] of sessions.entries()) {
      await session.ready;
      if ((at + 1) % 10 === 0) say(`  ${at + 1} are ready`);
    }
    await pause(idleMs);
    const processes = [...(await vmProcesses(config.storageDir)).entries()]
      .filter(([id]) => sessions.some((session) => session.id === id))
      .map(([, found]) => found);
    const all = processes.flat();
    const each = await Promise.all(processes.map(pssMiB));
    const measured: Measured = {
      'many-memory': one('MiB', sum(each)),
      'many-memory-each': spread('MiB', each),
      'many-memory-host': one('MiB', (freeBefore - freemem()) / 2 ** 20),
      'many-processor': one('%', await processorShare(all)),
    };
    const echoes: number[] = [];
    for (let at = 0; at < Math.min(typedInto, count); at += 1) {
      const session = sessions[Math.floor(Math.random() * count)];
      if (session === undefined) continue;
      await session.answered();
      echoes.push(...(await timeKeys(session.id, session, keysEach)));
    }
    return { ...measured, 'many-echo': milliseconds(echoes) };
  } finally {
    await endAll(clicked);
  }
}

async function endAll(clicked: Promise<PageSession>[]): Promise<void> {
  for (const result of await Promise.allSettled(clicked)) {
    if (result.status === 'fulfilled') await result.value.end();
  }
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
const round = (value: number) => Math.round(value * 10) / 10;

function milliseconds(times: number[]): MeasuredFigure {
  return spread('ms', times);
}

function spread(unit: MeasuredFigure['unit'], values: number[]): MeasuredFigure {
  return {
    unit,
    median: round(quantile(values, 0.5)),
    p95: round(quantile(values, 0.95)),
    most: round(Math.max(...values)),
    count: values.length,
  };
}

function one(unit: MeasuredFigure['unit'], value: number): MeasuredFigure {
  return { unit, median: round(value), count: 1 };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
