// Keystroke echo through WebSocket, server and pty host, beside a bare pty, in one run. Prints when run by itself.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket, WebSocketServer } from 'ws';
import { decodeServerFrame, encodeFrame } from '../server/protocol/frames.ts';
import { connectTerminalService } from '../server/terminals/pty-host-service.ts';
import { shutdownPtyHost } from '../server/terminals/pty-host-launcher.ts';
import type { TerminalService, ViewerLink } from '../server/terminals/terminal-service.ts';
import { markedShell } from '../tests/support/marked-shell.ts';
import { startBarePty } from './bare-pty.ts';
import { timeEcho, type EchoFigures, type TypedAt } from './typed-keys.ts';

// Enough for a p95 that does not jump; 1.5 s a row.
const keys = 300;
const promptWithinMs = 10_000;
const session = 'keystroke-echo';

/** Median and p95 of the time from key to echo: a bare pty, the pty host alone, and the whole way over a WebSocket. */
export async function keystrokeEcho(): Promise<EchoFigures[]> {
  const stateDir = mkdtempSync(join(tmpdir(), 'labs-bench-'));
  const command = markedShell(stateDir);
  const service = await connectTerminalService({ stateDir, idleEndMs: 10_000 });
  const relay = await startRelay(service);
  const bare = startBarePty(command);
  const bareAtPrompt = atPrompt(bare);
  try {
    await service.open({ session, number: 1, machine: 'host', title: 'host', command });
    const figures = [await timeEcho('bare pty', await bareAtPrompt, keys)];
    figures.push(await timeEcho('pty host', await attach(linkChannel(await service.connectViewer(session))), keys));
    figures.push(await timeEcho('WebSocket and pty host', await attach(await socketChannel(relay.port)), keys));
    return figures;
  } finally {
    bare.end();
    relay.close();
    await service.disconnect();
    await shutdownPtyHost(stateDir);
    rmSync(stateDir, { recursive: true, force: true });
  }
}

interface Channel {
  sendText(text: string): void;
  sendBinary(data: Uint8Array): void;
  onBinary(listener: (data: Uint8Array) => void): void;
}

/** Attaches as a page does, and waits for the screen. */
async function attach(channel: Channel): Promise<TypedAt> {
  let listener: (text: string) => void = () => undefined;
  await new Promise<void>((resolve) => {
    channel.onBinary((data) => {
      const frame = decodeServerFrame(data);
      if (frame.type === 'snapshot') return resolve();
      listener(Buffer.from(frame.bytes).toString());
      const offset = frame.offset + frame.bytes.length;
      channel.sendBinary(encodeFrame({ type: 'acknowledge', terminal: 1, offset }));
    });
    channel.sendText(JSON.stringify({ type: 'attach', terminal: 1, columns: 80, rows: 24 }));
  });
  return {
    write: (text) => channel.sendBinary(encodeFrame({ type: 'input', terminal: 1, bytes: Buffer.from(text) })),
    onOutput: (next) => (listener = next),
  };
}

async function atPrompt(typedAt: TypedAt): Promise<TypedAt> {
  await new Promise<void>((resolve, reject) => {
    setTimeout(() => reject(new Error(`no prompt within ${promptWithinMs} ms`)), promptWithinMs).unref();
    typedAt.onOutput((text) => void (text.includes('lab>') && resolve()));
  });
  return typedAt;
}

function linkChannel(link: ViewerLink): Channel {
  return {
    sendText: (text) => link.sendText(text),
    sendBinary: (data) => link.sendBinary(data),
    onBinary: (listener) => link.onBinary(listener),
  };
}

async function socketChannel(port: number): Promise<Channel> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return {
    sendText: (text) => socket.send(text),
    sendBinary: (data) => socket.send(data),
    onBinary: (listener) => void socket.on('message', (data: Buffer, isBinary) => isBinary && listener(data)),
  };
}

/** What the server's page socket does with a link, and nothing else. */
async function startRelay(service: TerminalService): Promise<{ port: number; close(): void }> {
  const http: Server = createServer();
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
  sockets.on('connection', (socket) => {
    const link = service.connectViewer(session);
    void link.then((viewer) => {
      viewer.onBinary((data) => socket.send(data));
      viewer.onClose((code, reason) => socket.close(code === 1001 ? 1001 : 4500, reason.slice(0, 100)));
      socket.on('close', () => viewer.close());
    });
    socket.on('message', (data: Buffer, isBinary) => {
      void link.then((viewer) => (isBinary ? viewer.sendBinary(data) : viewer.sendText(data.toString())));
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const close = () => {
    for (const socket of sockets.clients) socket.terminate();
    http.close();
  };
  return { port: (http.address() as AddressInfo).port, close };
}

if (import.meta.main) {
  for (const { name, medianMs, p95Ms } of await keystrokeEcho()) {
    console.log(`${name.padEnd(24)} median ${medianMs.toFixed(2)} ms   p95 ${p95Ms.toFixed(2)} ms`);
  }
}
