// Every npm script of the product explains itself, and refuses a flag that it does not know. Starts the scripts as npm does.
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { unknownFlag, usages, usageText } from './command-usage.mjs';

const root = path.join(import.meta.dirname, '..');
/** Starting Node takes half a second; a busy host gets sixty times that. */
const startTimeoutMs = 30_000;
const run = (...args: string[]) =>
  execa('node', [path.join(root, 'setup/run.mjs'), ...args], { all: true, reject: false, timeout: startTimeoutMs });

test(
  'npm run clean -- --help says what would be removed, and removes nothing',
  { timeout: startTimeoutMs },
  async () => {
    const help = await run('clean', '--help');
    expect(help.exitCode).toBe(0);
    expect(help.stdout).toContain('Ends all sandboxes of this state directory');
    expect(help.stdout).not.toContain('Removed');
  },
);

test('an unknown flag is named, together with the known flags', { timeout: startTimeoutMs }, async () => {
  const refused = await run('test', '--onyl', 'unit');
  expect(refused.exitCode).toBe(2);
  expect(refused.all).toBe(
    'found the flag “--onyl”, expected one of: --only. npm run test -- --help says what they do.',
  );
});

test('flags with a value and names of lessons are not unknown flags', () => {
  expect(unknownFlag('test', ['--only=unit'])).toBeUndefined();
  expect(unknownFlag('bench', ['--runs', '3', '--save'])).toBeUndefined();
  expect(unknownFlag('verify', ['build/ship-it', '--typing'])).toBeUndefined();
  expect(unknownFlag('clean', ['--state-dir', '/somewhere'])).toBeUndefined();
  expect(unknownFlag('check', ['--fix'])).toContain('expected no flags');
});

test.each(Object.keys(usages))('%s: each flag is explained', (command) => {
  const text = usageText(command);
  for (const [flag, does] of Object.entries(usages[command]?.flags ?? {})) {
    expect(text).toContain(flag);
    expect(text).toContain(does);
  }
  expect(text.split('\n')[0]).toContain(`npm run ${command}`);
});
