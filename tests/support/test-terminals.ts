// A terminal service with its own pty host and state directory, which end with the test.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TerminalCommand } from '../../server/machines/engine.ts';
import { connectTerminalService } from '../../server/terminals/pty-host-service.ts';
import { shutdownPtyHost } from '../../server/terminals/pty-host-launcher.ts';
import type { TerminalService } from '../../server/terminals/terminal-service.ts';
import { markedShell } from './marked-shell.ts';

export interface TestTerminals extends AsyncDisposable {
  stateDir: string;
  service: TerminalService;
  /** Another server on the same host. */
  connect(): Promise<TerminalService>;
  /** Opens a terminal with a marked bash, or another command. */
  open(session: string, number: number, command?: TerminalCommand): Promise<void>;
}

export async function startTestTerminals(): Promise<TestTerminals> {
  const stateDir = mkdtempSync(join(tmpdir(), 'labs-'));
  // If a test is killed, its host ends by itself.
  const connect = () => connectTerminalService({ stateDir, idleEndMs: 10_000 });
  const services: TerminalService[] = [];
  const connected = async () => {
    const service = await connect();
    services.push(service);
    return service;
  };
  const service = await connected();
  return {
    stateDir,
    service,
    connect: connected,
    open: (session, number, command = markedShell(stateDir)) =>
      service.open({ session, number, machine: 'workstation', title: 'workstation', command }),
    async [Symbol.asyncDispose]() {
      for (const each of services) await each.disconnect();
      await shutdownPtyHost(stateDir);
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}
