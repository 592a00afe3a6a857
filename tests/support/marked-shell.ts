// A real bash on this host with shell-integration marks, as in machines: for tests without podman.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TerminalCommand } from '../../server/machines/engine.ts';

const rc = String.raw`PS1='\[\e]133;D;$?\a\e]133;A\a\]lab> \[\e]133;B\a\]'
PS0='\e]133;C;$?\a'
HISTFILE=
cd
`;

/** Writes the shell's start file into `directory`, which is the shell's home too. */
export function markedShell(directory: string): TerminalCommand {
  const rcPath = join(directory, 'shell-integration.bash');
  writeFileSync(rcPath, rc);
  return { file: 'bash', args: ['--noprofile', '--rcfile', rcPath, '-i'], env: { HOME: directory } };
}
