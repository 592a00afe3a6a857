import { expect, test } from 'vitest';
import { describeSettings, readConfig, settings } from './config.ts';

test('a flag takes precedence over the environment, the environment over the default', () => {
  expect(readConfig([], { HOME: '/home/x' })).toMatchObject({ host: '127.0.0.1', port: 4321, prepared: 1 });
  expect(readConfig([], { EUOS_LABS_PORT: '80' }).port).toBe(80);
  expect(readConfig(['--port', '81'], { EUOS_LABS_PORT: '80' }).port).toBe(81);
  expect(readConfig(['--trust-proxy', '--allow-host', 'a.example, b.example'], {})).toMatchObject({
    trustProxy: true,
    allowHost: ['a.example', 'b.example'],
  });
});

test('the storage follows the state directory, and nothing can be changed later', () => {
  const config = readConfig(['--state-dir', '/srv/labs'], {});
  expect(config.storageDir).toBe('/srv/labs/storage');
  expect(Object.isFrozen(config)).toBe(true);
});

test.each([
  [['--port', 'http'], /--port \(EUOS_LABS_PORT\): found "http"/],
  [['--port', '70000'], /--port.*65535/],
  [['--seats', '0'], /--seats/],
  [['--log-level', 'loud'], /--log-level.*found "loud"/],
  [['--colour', 'red'], /--colour.*--help/],
  [['left-over'], /left-over/],
])('refuses %j and names it', (argv, expected) => {
  expect(() => readConfig(argv, {})).toThrow(expected);
});

test.each(['javascript:alert(1)', 'city.example', 'ftp://city.example'])(
  '%s is not an address of a legal notice',
  (address) => {
    expect(() => readConfig(['--legal-notice', address], {})).toThrow(/--legal-notice .*https?:\/\//);
  },
);

test('the engine without isolation is only for tests', () => {
  expect(() => readConfig(['--engine', 'echo'], { NODE_ENV: 'production' })).toThrow(/no isolation/);
  expect(readConfig(['--engine', 'echo'], { NODE_ENV: 'test' }).engine).toBe('echo');
});

test('help names every setting', () => {
  const help = describeSettings();
  for (const { flag, environment } of settings) {
    expect(help).toContain(`--${flag}`);
    expect(help).toContain(environment);
  }
});
