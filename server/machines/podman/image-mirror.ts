// Which Debian mirror images are built from: the setting, otherwise this host's own, otherwise mmdebstrap's default.
import { startProgram } from '../../start-program.ts';

/** apt answers from its configuration alone; if it takes longer than this, it is hanging. */
const askTimeoutMs = 10_000;

export interface Mirror {
  /** For messages. */
  name: string;
  /** Lines for sources.list; empty: the tool's default. */
  sources: string[];
  /** Environment that makes apt and podman use the host's proxy. */
  env: Record<string, string>;
}

/**
 * @param setting EUOS_LABS_MIRROR: `http://mirror/debian`, optionally followed by a space and the security mirror
 */
export async function findMirror(suite: string, setting: string | undefined): Promise<Mirror> {
  const env = await proxyEnvironment();
  const [main, security] = setting?.split(/\s+/).filter((word) => word !== '') ?? (await hostMirrors());
  if (main === undefined) return { name: "(mmdebstrap's default)", sources: [], env };
  const sources = [`deb ${main} ${suite} main`, `deb ${main} ${suite}-updates main`];
  if (security !== undefined) sources.push(`deb ${security} ${suite}-security main`);
  return { name: main, sources, env };
}

/** Mirrors of a Debian host's own sources; nothing on any other. */
async function hostMirrors(): Promise<string[]> {
  const lines = await ask('apt-get', [
    'indextargets',
    '--format',
    '$(ORIGIN)|$(LABEL)|$(REPO_URI)',
    'Created-By: Packages',
  ]);
  const uri = (label: string) =>
    lines
      .map((line) => line.split('|'))
      .find(
        ([origin, lineLabel, address]) => origin === 'Debian' && lineLabel === label && /^https?:/.test(address ?? ''),
      )?.[2]
      ?.replace(/\/$/, '');
  const main = uri('Debian');
  const security = uri('Debian-Security');
  return main === undefined ? [] : security === undefined ? [main] : [main, security];
}

async function proxyEnvironment(): Promise<Record<string, string>> {
  const [line] = await ask('apt-config', ['shell', 'proxy', 'Acquire::http::Proxy']);
  const proxy = /^proxy='(https?:\/\/[^']+)'$/.exec(line ?? '')?.[1];
  return proxy === undefined ? {} : { http_proxy: proxy };
}

async function ask(file: string, args: string[]): Promise<string[]> {
  const { stdout } = await startProgram(file, args, { reject: false, timeout: askTimeoutMs, stdin: 'ignore' });
  // Not a Debian host: there is no apt and no answer.
  return (stdout ?? '').split('\n').filter((line) => line !== '');
}
