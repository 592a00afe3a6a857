// npm run sessions: shows the operator all readers' sessions, and ends single ones. Works with and without a running server.
import { readConfig } from '../server/config.ts';
import { findSessions } from './sessions/find-sessions.ts';
import { sessionTable } from './sessions/session-table.ts';
import { readSessionsCommand, usage } from './sessions/sessions-command.ts';
import type { SessionsSource } from './sessions/sessions-source.ts';

process.exitCode = await run(process.argv.slice(2)).catch((failure: unknown) => {
  console.error(failure instanceof Error ? failure.message : failure);
  return 1;
});

/** @returns the exit status */
async function run(args: string[]): Promise<number> {
  // As with the server, files that this makes, such as SQLite's log, are only for this user.
  process.umask(0o077);
  if (args.includes('--help')) {
    console.log(usage);
    return 0;
  }
  const command = readSessionsCommand(args);
  if (typeof command === 'string') {
    console.error(`${command}\n${usage}`);
    return 2;
  }
  const config = readConfig(command.settings, process.env);
  const source = await findSessions(config);
  try {
    if (command.end !== undefined) return await endThem(source, command.end);
    const sessions = await source.list();
    if (command.isJson) console.log(JSON.stringify(sessions, null, 2));
    else console.log(listText(source.isServed, sessionTable(sessions), config.stateDir));
    return 0;
  } finally {
    source.close();
  }
}

function listText(isServed: boolean, table: string, stateDir: string): string {
  const server = isServed ? '' : `No server runs with the state directory ${stateDir}. `;
  if (table === '') return `${server}No reader has a session.`;
  const what = isServed ? '' : `${server}Left by the last one:\n`;
  return `${what}${table}\nTo end one: npm run sessions -- end ID`;
}

/** One after the other, those that wait first, because otherwise they would get the seats of the others. @returns the exit status */
async function endThem(source: SessionsSource, which: string[] | 'all'): Promise<number> {
  const sessions = which === 'all' ? await source.list() : [];
  const isWaiting = ({ state }: { state: string }) => state === 'preparing' || state === 'queued';
  const ordered = [...sessions.filter(isWaiting), ...sessions.filter((session) => !isWaiting(session))];
  const ids = which === 'all' ? ordered.map(({ id }) => id) : which;
  if (ids.length === 0) console.log('No reader has a session: there is nothing to end.');
  let failed = 0;
  for (const id of ids) {
    try {
      await source.end(id);
      console.log(`Ended: ${id}`);
    } catch (failure) {
      failed += 1;
      console.error(`Not ended: ${id}: ${failure instanceof Error ? failure.message : String(failure)}`);
    }
  }
  if (failed > 0) console.error('npm run sessions lists what there is.');
  return failed === 0 ? 0 : 1;
}
