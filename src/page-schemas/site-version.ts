// Version and date of the site that is being built, for its footer. Reads package.json and asks git; stores nothing.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Asking git for one date takes milliseconds; a repository on a dead network drive must not hang the build. */
const gitTimeoutMs = 5_000;

export interface SiteVersion {
  /** As in package.json. */
  version: string;
  /** The date of the newest commit, or of the build where there is no repository. */
  date: Date;
}

/** @param root the project's folder */
export function readSiteVersion(root: string): SiteVersion {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  return { version, date: dateOfChange(root) ?? new Date() };
}

/** Date of the newest commit; undefined without git or without a repository, as in an unpacked archive. */
function dateOfChange(root: string): Date | undefined {
  try {
    const said = execFileSync('git', ['log', '-1', '--format=%cI'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: gitTimeoutMs,
    });
    const date = new Date(said.trim());
    return Number.isNaN(date.valueOf()) ? undefined : date;
  } catch {
    return undefined;
  }
}
