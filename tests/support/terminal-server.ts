// A small replacement for the web server, to be killed: opens a terminal on a state directory's pty host and watches it.
// Run as a process: node tests/support/terminal-server.ts <state-dir> <session>; prints one JSON line per change.
import { connectTerminalService } from '../../server/terminals/pty-host-service.ts';
import { markedShell } from './marked-shell.ts';
import { PageTerminal } from './page-terminal.ts';

const [stateDir = '', session = ''] = process.argv.slice(2);
const service = await connectTerminalService({ stateDir, idleEndMs: 10_000 });
if ((await service.list(session)).length === 0) {
  await service.open({
    session,
    number: 1,
    machine: 'workstation',
    title: 'workstation',
    command: markedShell(stateDir),
  });
}
const page = new PageTerminal(1);
await page.connect(service, session);
process.stdin.on('data', (text) => page.type(text.toString()));
setInterval(
  () => process.stdout.write(`${JSON.stringify({ offset: page.offset, text: page.text().slice(-200) })}\n`),
  20,
);
