// Options of fences: types, valid values, and the message for each mistake.
import { expect, test } from 'vitest';
import { readRunOptions } from './run-fence-options.ts';

test('reads every option of a run block', () => {
  expect(readRunOptions('run machine=workstation exit=125 id=build timeout=300').options).toEqual({
    run: true,
    machine: 'workstation',
    exit: 125,
    id: 'build',
    timeout: 300,
  });
});

test('reads a file block', () => {
  const { options } = readRunOptions('file="build-image/Containerfile.1" put="~/os/Containerfile"');
  expect(options).toMatchObject({
    file: 'build-image/Containerfile.1',
    put: '~/os/Containerfile',
    exit: 0,
    timeout: 120,
  });
});

test('a fence without our options is only shown', () => {
  expect(readRunOptions('title="What you see" {2-3} ins="new" wrap=false')).toEqual({ problems: [] });
  expect(readRunOptions('')).toEqual({ problems: [] });
});

test.each([
  ['runn', 'found the option "runn", expected one of: run, machine, exit'],
  ['run host=web', 'found the option "host"'],
  ['run exit=256', 'found exit="256", expected a whole number from 0 to 255'],
  ['run exit=one', 'found exit="one"'],
  ['run timeout=0', 'found timeout="0", expected a whole number from 1 to 3600'],
  ['run id="No spaces"', 'found id="No spaces", expected lower-case letters'],
  ['run machine=a machine=b', 'found the option machine twice'],
  ['machine=workstation', 'found machine without run or file='],
  ['run put="~/x"', 'found put= without file='],
  ['run file="lab/x"', 'found run and file='],
  ['file="../../etc/passwd"', 'found file="../../etc/passwd", expected "<lab>/<file>"'],
  ['file="lab/../../x"', 'found file="lab/../../x"'],
  ['file="lab/x" put="~/$(reboot)"', 'found put="~/$(reboot)", expected a path'],
  ['file="lab/x" put="~/a b"', 'found put="~/a b"'],
  ['file="lab/x" put="~/../x"', 'found put="~/../x"'],
  ['run=yes', 'found run="yes"'],
  ['run until=""', 'found until="", expected 1 to 200 printable characters'],
  ['file="lab/x" put="~/x" until="done"', 'found until= without run'],
])('refuses %s', (meta, message) => {
  const { options, problems } = readRunOptions(meta);
  expect(options).toBeUndefined();
  expect(problems.join('\n')).toContain(message);
});
