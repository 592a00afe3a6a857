// Keystroke echo through WebSocket, server and pty host, compared with a bare pty in the same run. Prints the figures when run by itself.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeServerFrame, encodeFrame } from '../server/protocol/frames.ts';
import { connectTerminalService } from '../server/terminals/pty-host-service.ts';
import { shutdownPtyHost } from '../server/terminals/pty-host-launcher.ts';
import type { ViewerLink } from '../server/terminals/terminal-service.ts';
import type { SessionView } from '../server/protocol/messages.ts';
import { LabReader } from '../tests/lessons/lab-reader.ts';
import { startOwnServer } from '../tests/lessons/own-server.ts';
import { markedShell } from '../tests/support/marked-shell.ts';
import { startBarePty } from './bare-pty.ts';
import { timeEcho, type EchoFigures, type TypedAt } from './typed-keys.ts';

// Enough for a stable p95; 1.5 s per row.
const keys = 300;
const promptWithinMs = 10_000;
// A cold sandbox takes half a second.
const readyWithinMs = 60_000;
const session = 'keystroke-echo';
const lab = 'build-image';

/**
 * Median and p95 of the time from key to echo: a bare pty, the pty host alone, and the whole way through the server.
 * @param hasSandboxes whether to measure into a real sandbox, too
 */
export async function keystrokeEcho(hasSandboxes: boolean): Promise<EchoFigures[]> {
  const figures = await onThisHost();
  figures.push(await throughServer('server, shell on this host', ['--engine', 'echo'], { NODE_ENV: 'test' }));
  if (hasSandboxes) figures.push(await throughServer('server, shell in a sandbox', [], {}));
  return figures;
}

async function onThisHost(): Promise<EchoFigures[]> {
  const stateDir = mkdtempSync(join(tmpdir(), 'labs-bench-'));
  const command = markedShell(stateDir);
  const service = await connectTerminalService({ stateDir, idleEndMs: 10_000 });
  const bare = startBarePty(command);
  const bareAtPrompt = atPrompt(bare);
  try {
    await service.open({ session, number: 1, machine: 'host', title: 'host', command });
    const figures = [await timeEcho('bare pty', await bareAtPrompt, keys)];
    figures.push(await timeEcho('pty host', await attach(await service.connectViewer(session)), keys));
    return figures;
  } finally {
    bare.end();
    await service.disconnect();
    await shutdownPtyHost(stateDir);
    rmSync(stateDir, { recursive: true, force: true });
  }
}

/** Attaches as a page does, and waits for the screen. */
async function attach(link: ViewerLink): Promise<TypedAt> {
  let listener: (text: string) => void = () => undefined;
  await new Promise<void>((resolve) => {
    link.onBinary((data) => {
      const frame = decodeServerFrame(data);
      if (frame.type === 'snapshot') return resolve();
      listener(Buffer.from(frame.bytes).toString());
      const offset = frame.offset + frame.bytes.length;
      link.sendBinary(encodeFrame({ type: 'acknowledge', terminal: 1, offset }));
    });
    link.sendText(JSON.stringify({ type: 'attach', terminal: 1, columns: 80, rows: 24 }));
  });
  return {
    write: (text) => link.sendBinary(encodeFrame({ type: 'input', terminal: 1, bytes: Buffer.from(text) })),
    onOutput: (next) => (listener = next),
  };
}

async function atPrompt(typedAt: TypedAt): Promise<TypedAt> {
  await new Promise<void>((resolve, reject) => {
    setTimeout(() => reject(new Error(`no prompt within ${promptWithinMs} ms`)), promptWithinMs).unref();
    typedAt.onOutput((text) => void (/[>#$] /.test(text) && resolve()));
  });
  return typedAt;
}

/**
 * The whole way that a page's key goes: WebSocket, the server as its own process, pty host, shell.
 * @param flags settings of the server: which engine starts the shell
 */
async function throughServer(name: string, flags: string[], environment: Record<string, string>): Promise<EchoFigures> {
  await using server = await startOwnServer(flags, environment);
  const reader = new LabReader(server.url);
  let session = await reader.call<SessionView>('POST', '/api/sessions', { lab });
  const deadline = Date.now() + readyWithinMs;
  while (session.state !== 'ready') {
    if (Date.now() > deadline) throw new Error(`${name}: the session is ${session.state}, expected ready`);
    session = await reader.call<SessionView>('GET', `/api/sessions/${session.id}`);
  }
  const page = await attach(await reader.openSocket(session));
  const ready = atPrompt(page);
  // The screen may already show a prompt: an empty line brings another one.
  page.write('\r');
  await ready;
  return await timeEcho(name, page, keys);
}

if (import.meta.main) {
  for (const { name, medianMs, p95Ms } of await keystrokeEcho(true)) {
    console.log(`${name.padEnd(28)} median ${medianMs.toFixed(2)} ms   p95 ${p95Ms.toFixed(2)} ms`);
  }
}
