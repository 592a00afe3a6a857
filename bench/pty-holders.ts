// Compares what can hold a shell in a container: our pty host outside, or dtach or tmux inside. The experiment for decision 0002.
//
//   node bench/pty-holders.ts podman exec -it <container>
//
// The container needs bash, dtach, tmux and /rc.bash with the marks of tests/support/marked-shell.ts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TerminalCommand } from '../server/machines/engine.ts';
import { connectTerminalService } from '../server/terminals/pty-host-service.ts';
import { shutdownPtyHost } from '../server/terminals/pty-host-launcher.ts';
import { PageTerminal } from '../tests/support/page-terminal.ts';
import { startBarePty } from './bare-pty.ts';
import { quantile, timeEcho } from './typed-keys.ts';

const rounds = 7;
const keys = 200;
const withinMs = 20_000;
const shell = ['bash', '--noprofile', '--rcfile', '/rc.bash', '-i'];

interface Holder {
  name: string;
  startMs: number;
  echoMedianMs: number;
  echoP95Ms: number;
  /** From asking for the terminal again to its last output on the screen; undefined when that never came. */
  backMs?: number;
  /** How many of 200 lines printed before the server was killed are there afterwards. */
  linesBack: number;
}

const [file = 'podman', ...prefix] = process.argv.slice(2);
const podman = (...args: string[]): TerminalCommand => {
  return { file, args: [...prefix, ...args], env: { HOME: process.env.HOME ?? '/', PATH: process.env.PATH ?? '' } };
};

const numbersOnly = (text: string) => new Set([...text.matchAll(/^\s*(\d{1,3})\s*$/gm)].map((match) => match[1])).size;

/** A holder inside: the server's own pty runs its client, and killing the server ends only the client. */
async function inside(name: string, command: (round: number) => TerminalCommand): Promise<Holder> {
  const starts: number[] = [];
  for (let round = 1; round < rounds; round++) {
    const from = performance.now();
    const pty = startBarePty(command(round));
    await seen(pty, /lab>/);
    starts.push(performance.now() - from);
    pty.end();
  }
  const first = startBarePty(command(0));
  await seen(first, /lab>/);
  const echo = await timeEcho(name, first, keys);
  first.write('seq 1 200; echo fini""shed\r');
  await seen(first, /finished/);
  first.end();
  const from = performance.now();
  const again = startBarePty(command(0));
  const text = await seen(again, /finished[\s\S]*lab>/).catch(() => undefined);
  const backMs = text === undefined ? {} : { backMs: performance.now() - from };
  again.end();
  const screen = new PageTerminal(0).screen;
  await new Promise<void>((resolve) => screen.write(text ?? '', resolve));
  const lines = Array.from(
    { length: screen.buffer.active.length },
    (_, at) => screen.buffer.active.getLine(at)?.translateToString(true) ?? '',
  );
  return {
    name,
    startMs: quantile(starts, 0.5),
    echoMedianMs: echo.medianMs,
    echoP95Ms: echo.p95Ms,
    ...backMs,
    linesBack: numbersOnly(lines.join('\n')),
  };
}

async function ptyHost(): Promise<Holder> {
  const name = 'own pty host';
  const stateDir = mkdtempSync(join(tmpdir(), 'labs-bench-'));
  const service = await connectTerminalService({ stateDir, idleEndMs: 10_000 });
  try {
    const starts: number[] = [];
    const open = async (session: string) => {
      await service.open({ session, number: 1, machine: 'm', title: 'm', command: podman(...shell) });
      const page = new PageTerminal(1);
      await page.connect(service, session);
      await page.waitForText(/lab>/);
      return page;
    };
    for (let round = 1; round < rounds; round++) {
      const from = performance.now();
      await open(`s${round}`);
      starts.push(performance.now() - from);
    }
    const page = await open('s0');
    const echo = await timeEcho(
      name,
      { write: (text) => page.type(text), onOutput: (next) => (page.onOutput = next) },
      keys,
    );
    page.type('seq 1 200; echo fini""shed\r');
    await page.waitForText(/finished/);
    page.disconnect();
    const from = performance.now();
    const again = new PageTerminal(1);
    await again.connect(service, 's0');
    await again.waitForText(/finished[\s\S]*lab>/);
    const backMs = performance.now() - from;
    return {
      name,
      startMs: quantile(starts, 0.5),
      echoMedianMs: echo.medianMs,
      echoP95Ms: echo.p95Ms,
      backMs,
      linesBack: numbersOnly(again.text()),
    };
  } finally {
    await service.disconnect();
    await shutdownPtyHost(stateDir);
    rmSync(stateDir, { recursive: true, force: true });
  }
}

async function seen(pty: { onOutput(listener: (text: string) => void): void }, pattern: RegExp): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${pattern} was not seen`)), withinMs / 4);
    pty.onOutput((more) => {
      text += more;
      if (!pattern.test(text)) return;
      clearTimeout(timer);
      resolve(text);
    });
  });
}

const figures = [
  await ptyHost(),
  await inside('dtach inside', (round) =>
    podman('dtach', '-A', `/tmp/dtach-${process.pid}-${round}`, '-r', 'winch', ...shell),
  ),
  await inside('tmux inside', (round) =>
    podman('tmux', '-L', `t${process.pid}`, '-f', '/dev/null', 'new', '-A', '-s', `s${round}`, ...shell),
  ),
];
console.table(figures);
