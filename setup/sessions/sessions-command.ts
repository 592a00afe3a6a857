// What `npm run sessions` was asked to do: list sessions, or end some. Reads arguments; does nothing else.

export interface SessionsCommand {
  /** The sessions to end; absent: they are listed. */
  end?: string[] | 'all';
  isJson: boolean;
  /** The server's settings, as `npm start` takes them. */
  settings: string[];
}

export const usage = `Usage: npm run sessions                     lists the sessions of all readers
       npm run sessions -- end ID [ID …]    ends these
       npm run sessions -- end --all        ends all
With --json the list is JSON. A server that was started with --state-dir or
--storage-dir needs the same here: npm run sessions -- --state-dir DIR`;

/** @returns a sentence instead if the arguments are wrong */
export function readSessionsCommand(args: readonly string[]): SessionsCommand | string {
  const isOwn = (arg: string) => arg === '--all' || arg === '--json';
  const firstFlag = args.findIndex((arg) => arg.startsWith('-'));
  const words = firstFlag < 0 ? args : args.slice(0, firstFlag);
  const settings = args.slice(words.length).filter((arg) => !isOwn(arg));
  const [isAll, isJson] = [args.includes('--all'), args.includes('--json')];
  const [verb, ...ids] = words;
  const command = { isJson, settings };
  if (verb === undefined) return isAll ? 'found --all, expected end --all' : command;
  if (verb !== 'end') return `found “${verb}”, expected end or nothing`;
  if (isJson) return 'found --json, expected it only without end';
  if (isAll) return ids.length === 0 ? { ...command, end: 'all' } : 'found --all and IDs, expected one of them';
  if (ids.length === 0) return 'found no ID, expected one or more, or --all';
  const wrong = ids.find((id) => !/^[a-z0-9]{1,32}$/.test(id));
  return wrong === undefined ? { ...command, end: ids } : `found the ID “${wrong}”, expected one of the list`;
}
