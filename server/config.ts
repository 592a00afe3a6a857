// Settings of the lab server: flags and environment become one validated, frozen object. Reads no files.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { configSchema, type LabServerConfig } from './config-schema.ts';
import { LabError } from './errors.ts';
import { settings } from './settings-table.ts';

// Code that reads settings also needs their type and their table, so it can import all three from here.
export type { LabServerConfig } from './config-schema.ts';
export { describeSettings, settings } from './settings-table.ts';

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
      "--engine echo runs every reader's shell on this host with no isolation; it is only for tests (NODE_ENV=test). Use --engine podman.",
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
    legalNotice: '',
    sourceCode: '',
    trustProxy: 'false',
    sessionsPerReader: '3',
    prepared: '1',
    reserveMiB: '1024',
    requestsPerMinute: '600',
    requestsPerMinutePerAddress: '6000',
    startsPerMinute: '20',
    startsPerMinutePerAddress: '60',
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
