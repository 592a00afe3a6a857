// Settings of the lab server: flags and environment become one validated, frozen object. Reads no files.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { LabError } from './errors.ts';

/** One row of the settings table: the documentation and `--help` are made of it. */
export interface Setting {
  /** Name in LabServerConfig. */
  name: keyof LabServerConfig;
  flag: string;
  environment: string;
  /** What the value looks like, for `--help`; absent for a switch. */
  value?: string;
  /** What holds when it is not given, in words. */
  fallback: string;
  describe: string;
}

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);
const count = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

const configSchema = z.strictObject({
  host: z.string().min(1),
  port: count(0, 65_535),
  stateDir: z.string().min(1),
  storageDir: z.string().min(1),
  siteDir: z.string().min(1),
  labsDir: z.string().min(1),
  engine: z.enum(['podman', 'echo']),
  allowHost: list,
  trustProxy: z.stringbool(),
  seats: z.union([z.literal('auto').transform(() => undefined), count(1, 10_000)]).optional(),
  sessionsPerReader: count(1, 100),
  prepared: count(0, 100),
  reserveMiB: count(0, 1_048_576),
  requestsPerMinute: count(1, 1_000_000),
  startsPerMinute: count(1, 1_000_000),
  viewersPerSession: count(1, 1_000),
  states: z.enum(['background', 'off']),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
});

/** Validated settings; frozen. `seats` undefined: as many as the host's memory bears. */
export type LabServerConfig = Readonly<z.infer<typeof configSchema>>;

/** Every setting there is. A flag wins over the environment, the environment over the default. */
export const settings: readonly Setting[] = [
  {
    name: 'host',
    flag: 'host',
    environment: 'EUOS_LABS_HOST',
    value: 'ADDRESS',
    fallback: '127.0.0.1',
    describe: 'Address to listen on.',
  },
  {
    name: 'port',
    flag: 'port',
    environment: 'EUOS_LABS_PORT',
    value: 'NUMBER',
    fallback: '4321',
    describe: 'Port to listen on; 0 takes a free one.',
  },
  {
    name: 'stateDir',
    flag: 'state-dir',
    environment: 'EUOS_LABS_STATE_DIR',
    value: 'DIR',
    fallback: '/var/lib/eu-os-labs for root, else ~/.local/share/eu-os-labs',
    describe: 'Where sessions, the cookie secret and logs are kept.',
  },
  {
    name: 'storageDir',
    flag: 'storage-dir',
    environment: 'EUOS_LABS_STORAGE_DIR',
    value: 'DIR',
    fallback: 'storage in the state directory',
    describe: "The product's own image storage; never the one of your own podman.",
  },
  {
    name: 'siteDir',
    flag: 'site-dir',
    environment: 'EUOS_LABS_SITE_DIR',
    value: 'DIR',
    fallback: 'dist',
    describe: 'The built site.',
  },
  {
    name: 'labsDir',
    flag: 'labs-dir',
    environment: 'EUOS_LABS_LABS_DIR',
    value: 'DIR',
    fallback: 'labs',
    describe: 'The folder of the labs.',
  },
  {
    name: 'engine',
    flag: 'engine',
    environment: 'EUOS_LABS_ENGINE',
    value: 'NAME',
    fallback: 'podman',
    describe:
      'What starts sandboxes. `echo` runs shells on this host without any isolation: tests only, refused unless NODE_ENV=test.',
  },
  {
    name: 'allowHost',
    flag: 'allow-host',
    environment: 'EUOS_LABS_ALLOW_HOST',
    value: 'NAME,…',
    fallback: 'none',
    describe: 'Host names under which the site may be asked for, besides localhost, 127.0.0.1 and [::1].',
  },
  {
    name: 'trustProxy',
    flag: 'trust-proxy',
    environment: 'EUOS_LABS_TRUST_PROXY',
    fallback: 'off',
    describe: 'Believe X-Forwarded-For and X-Forwarded-Proto: only behind a proxy of your own that sets them.',
  },
  {
    name: 'seats',
    flag: 'seats',
    environment: 'EUOS_LABS_SEATS',
    value: 'NUMBER',
    fallback: 'auto: free memory less the reserve, divided by what the biggest lab takes',
    describe: 'How many sessions may run at once; further readers queue.',
  },
  {
    name: 'sessionsPerReader',
    flag: 'sessions-per-reader',
    environment: 'EUOS_LABS_SESSIONS_PER_READER',
    value: 'NUMBER',
    fallback: '3',
    describe: 'How many sessions one reader may have at once.',
  },
  {
    name: 'prepared',
    flag: 'prepared',
    environment: 'EUOS_LABS_PREPARED',
    value: 'NUMBER',
    fallback: '1',
    describe:
      'Sandboxes per lab that are started ahead of the next reader, from its beginning and from the state that was asked for last; 0 starts each on demand.',
  },
  {
    name: 'reserveMiB',
    flag: 'reserve-mib',
    environment: 'EUOS_LABS_RESERVE_MIB',
    value: 'MIB',
    fallback: '1024',
    describe: 'Memory that `seats` leaves to the host.',
  },
  {
    name: 'requestsPerMinute',
    flag: 'requests-per-minute',
    environment: 'EUOS_LABS_REQUESTS_PER_MINUTE',
    value: 'NUMBER',
    fallback: '600',
    describe: 'API requests that one reader may make in a minute.',
  },
  {
    name: 'startsPerMinute',
    flag: 'starts-per-minute',
    environment: 'EUOS_LABS_STARTS_PER_MINUTE',
    value: 'NUMBER',
    fallback: '20',
    describe: 'Sessions that one reader may ask for in a minute; resets, power and tampering included.',
  },
  {
    name: 'viewersPerSession',
    flag: 'viewers-per-session',
    environment: 'EUOS_LABS_VIEWERS_PER_SESSION',
    value: 'NUMBER',
    fallback: '8',
    describe: 'Pages that may be connected to one session at once, and as many screens of its virtual machines.',
  },
  {
    name: 'states',
    flag: 'states',
    environment: 'EUOS_LABS_STATES',
    value: 'WHEN',
    fallback: 'background',
    describe:
      'When `npm start` makes the states in which lessons begin: `background`, while the site is up and memory is free, or `off`: `npm run states` makes them.',
  },
  {
    name: 'logLevel',
    flag: 'log-level',
    environment: 'EUOS_LABS_LOG_LEVEL',
    value: 'LEVEL',
    fallback: 'info',
    describe: 'fatal, error, warn, info, debug, trace or silent.',
  },
];

/**
 * Reads settings.
 * @param environment for example process.env; names outside the table are ignored.
 * @throws {LabError} LAB_ERR_SETTING naming the setting, what was found and what was expected.
 */
export function readConfig(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): LabServerConfig {
  const flags = readFlags(argv);
  const given: Record<string, string> = {};
  for (const setting of settings) {
    const value = flags[setting.flag] ?? environment[setting.environment];
    if (value !== undefined && value !== '') given[setting.name] = value;
  }
  const config = validate({ ...defaults(environment, given), ...given });
  if (config.engine === 'echo' && environment['NODE_ENV'] !== 'test') {
    throw new LabError(
      'LAB_ERR_SETTING',
      "--engine echo runs every reader's shell on this host with no isolation; it is for tests alone (NODE_ENV=test). Use --engine podman.",
    );
  }
  return config;
}

/** @throws {LabError} LAB_ERR_SETTING */
function validate(values: Record<string, string>): LabServerConfig {
  const parsed = configSchema.safeParse(values);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const setting = settings.find((row) => row.name === issue.path[0]);
      const name = setting ? `--${setting.flag} (${setting.environment})` : String(issue.path[0]);
      return `${name}: found "${values[String(issue.path[0])] ?? ''}", ${issue.message}`;
    });
    throw new LabError('LAB_ERR_SETTING', `${problems.join('; ')}. npm start -- --help lists all settings.`);
  }
  const config = parsed.data;
  for (const name of ['stateDir', 'storageDir', 'siteDir', 'labsDir'] as const) config[name] = resolve(config[name]);
  return Object.freeze(config);
}

/** The text of `--help`. */
export function describeSettings(): string {
  const lines = settings.flatMap(({ flag, environment, value, fallback, describe }) => [
    `  --${flag}${value === undefined ? '' : ` ${value}`}   (${environment})`,
    `      ${describe} Default: ${fallback}.`,
  ]);
  return [
    'Usage: node server/main.ts [settings]',
    '',
    'Settings, as flags or from the environment:',
    ...lines,
    '  --help',
    '      Print this.',
  ].join('\n');
}

/** The default state directory: root's is the system's, a user's is below the home directory. */
export function defaultStateDir(environment: Readonly<Record<string, string | undefined>>): string {
  if (process.getuid?.() === 0) return '/var/lib/eu-os-labs';
  const home = environment['HOME'] ?? homedir();
  return join(environment['XDG_DATA_HOME'] ?? join(home, '.local/share'), 'eu-os-labs');
}

function defaults(
  environment: Readonly<Record<string, string | undefined>>,
  given: Record<string, string>,
): Record<string, string> {
  const root = join(import.meta.dirname, '..');
  const stateDir = given['stateDir'] ?? defaultStateDir(environment);
  return {
    host: '127.0.0.1',
    port: '4321',
    stateDir,
    storageDir: join(stateDir, 'storage'),
    siteDir: join(root, 'dist'),
    labsDir: join(root, 'labs'),
    engine: 'podman',
    allowHost: '',
    trustProxy: 'false',
    sessionsPerReader: '3',
    prepared: '1',
    reserveMiB: '1024',
    requestsPerMinute: '600',
    startsPerMinute: '20',
    viewersPerSession: '8',
    states: 'background',
    logLevel: 'info',
  };
}

function readFlags(argv: readonly string[]): Record<string, string | undefined> {
  const options = Object.fromEntries(
    settings.map(({ flag, value }) => [
      flag,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  try {
    const { values } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: false });
    return Object.fromEntries(
      Object.entries(values).map(([flag, value]) => [flag, value === undefined ? undefined : String(value)]),
    );
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new LabError('LAB_ERR_SETTING', `${message} npm start -- --help lists all settings.`, cause);
  }
}
