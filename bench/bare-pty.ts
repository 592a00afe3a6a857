// A program on a pty with nothing around it: the baseline for the terminals.
import * as nodePty from 'node-pty';
import type { TerminalCommand } from '../server/machines/engine.ts';

export interface BarePty {
  write(text: string): void;
  onOutput(listener: (text: string) => void): void;
  end(): void;
}

export function startBarePty(command: TerminalCommand): BarePty {
  const env = { TERM: 'xterm-256color', LANG: 'C.UTF-8', PATH: process.env.PATH ?? '', ...command.env };
  const pty = nodePty.spawn(command.file, command.args, { cols: 80, rows: 24, cwd: '/', env });
  return {
    write: (text) => pty.write(text),
    onOutput: (listener) => void pty.onData(listener),
    end: () => pty.kill('SIGKILL'),
  };
}
