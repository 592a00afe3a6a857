// The settings of the lab server: names, flags, variables, and `--help`, which is made from them. Reads no values.
import type { LabServerConfig } from './config-schema.ts';

/** One row of the settings table: the documentation and `--help` are made from it. */
export interface Setting {
  /** Name in LabServerConfig. */
  name: keyof LabServerConfig;
  flag: string;
  environment: string;
  /** What the value looks like, for `--help`; absent for a switch. */
  value?: string;
  /** What applies when it is not given, in words. */
  fallback: string;
  describe: string;
}

/** Every setting there is. A flag takes precedence over the environment, the environment over the default. */
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
    fallback: '/var/lib/eu-os-labs for root, otherwise ~/.local/share/eu-os-labs',
    describe: 'Where sessions, the cookie secret and logs are kept.',
  },
  {
    name: 'storageDir',
    flag: 'storage-dir',
    environment: 'EUOS_LABS_STORAGE_DIR',
    value: 'DIR',
    fallback: 'storage in the state directory',
    describe: "The lab server's own image storage; never that of your own podman.",
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
      'What starts sandboxes. `echo` runs shells on this host without any isolation, only for tests; it is refused unless NODE_ENV=test.',
  },
  {
    name: 'allowHost',
    flag: 'allow-host',
    environment: 'EUOS_LABS_ALLOW_HOST',
    value: 'NAME,…',
    fallback: 'none',
    describe: 'Host names, other than localhost, 127.0.0.1 and [::1], under which the site may be requested.',
  },
  {
    name: 'trustProxy',
    flag: 'trust-proxy',
    environment: 'EUOS_LABS_TRUST_PROXY',
    fallback: 'off',
    describe:
      'Believe the last address of X-Forwarded-For, and X-Forwarded-Proto. Use it only behind your own proxy that sets them.',
  },
  {
    name: 'seats',
    flag: 'seats',
    environment: 'EUOS_LABS_SEATS',
    value: 'NUMBER',
    fallback: 'auto: the free memory minus the reserve, divided by what the largest lab needs',
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
    name: 'sessionsPerAddress',
    flag: 'sessions-per-address',
    environment: 'EUOS_LABS_SESSIONS_PER_ADDRESS',
    value: 'NUMBER',
    fallback: 'auto: half of the seats, but no fewer than one reader may have',
    describe: 'How many sessions all readers at one address may have at once. A school is often one address.',
  },
  {
    name: 'queuePlaces',
    flag: 'queue-places',
    environment: 'EUOS_LABS_QUEUE_PLACES',
    value: 'NUMBER',
    fallback: 'auto: as many as seats, at least ten',
    describe: 'How many sessions may wait for a seat; further readers are asked to come back later.',
  },
  {
    name: 'prepared',
    flag: 'prepared',
    environment: 'EUOS_LABS_PREPARED',
    value: 'NUMBER',
    fallback: '1',
    describe:
      'How many sandboxes of each lab are started ahead of the next reader, from its beginning and from the state that was last requested; 0 starts each on demand.',
  },
  {
    name: 'reserveMiB',
    flag: 'reserve-mib',
    environment: 'EUOS_LABS_RESERVE_MIB',
    value: 'MIB',
    fallback: '1024',
    describe: 'Memory in MiB that `--seats auto` leaves to the host.',
  },
  {
    name: 'requestsPerMinute',
    flag: 'requests-per-minute',
    environment: 'EUOS_LABS_REQUESTS_PER_MINUTE',
    value: 'NUMBER',
    fallback: '600',
    describe: 'How many API requests one reader may make in a minute.',
  },
  {
    name: 'requestsPerMinutePerAddress',
    flag: 'requests-per-minute-per-address',
    environment: 'EUOS_LABS_REQUESTS_PER_MINUTE_PER_ADDRESS',
    value: 'NUMBER',
    fallback: '6000',
    describe: 'How many API requests all readers at one address may make in a minute.',
  },
  {
    name: 'startsPerMinute',
    flag: 'starts-per-minute',
    environment: 'EUOS_LABS_STARTS_PER_MINUTE',
    value: 'NUMBER',
    fallback: '20',
    describe: 'How many sessions one reader may ask for in a minute; resets, power and tampering count as well.',
  },
  {
    name: 'startsPerMinutePerAddress',
    flag: 'starts-per-minute-per-address',
    environment: 'EUOS_LABS_STARTS_PER_MINUTE_PER_ADDRESS',
    value: 'NUMBER',
    fallback: '60',
    describe: 'The same for all readers at one address.',
  },
  {
    name: 'viewersPerSession',
    flag: 'viewers-per-session',
    environment: 'EUOS_LABS_VIEWERS_PER_SESSION',
    value: 'NUMBER',
    fallback: '8',
    describe: 'How many pages may be connected to one session at once, and how many screens of its virtual machines.',
  },
  {
    name: 'states',
    flag: 'states',
    environment: 'EUOS_LABS_STATES',
    value: 'WHEN',
    fallback: 'background',
    describe:
      'When `npm start` makes the states in which lessons begin. `background`: while the site is up and memory is free; `off`: never, `npm run states` makes them.',
  },
  {
    name: 'legalNotice',
    flag: 'legal-notice',
    environment: 'EUOS_LABS_LEGAL_NOTICE',
    value: 'URL',
    fallback: 'none: a page says that the operator has not named one',
    describe: 'Web address of your legal notice. The link at the end of each page leads there.',
  },
  {
    name: 'sourceCode',
    flag: 'source-code',
    environment: 'EUOS_LABS_SOURCE_CODE',
    value: 'URL',
    fallback: 'none: a page says that the operator has not named one',
    describe:
      'Web address of the source code that this server runs, which the licence requires you to offer to its readers.',
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
