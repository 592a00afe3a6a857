// The profile that sandboxes get: what is taken out of podman's, and what stays.
import { expect, test } from 'vitest';
import { narrowProfile } from './seccomp-profile.ts';

const podmans = {
  defaultAction: 'SCMP_ACT_ERRNO',
  syscalls: [
    { names: ['read', 'socketcall', 'io_uring_setup'], action: 'SCMP_ACT_ALLOW' },
    { names: ['bpf', 'setns'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_ADMIN'] } },
    { names: ['perf_event_open'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_ADMIN'] } },
    { names: ['bpf', 'setns'], action: 'SCMP_ACT_ERRNO', errnoRet: 1, excludes: { caps: ['CAP_SYS_ADMIN'] } },
    { names: ['socket'], action: 'SCMP_ACT_ALLOW', args: null },
  ],
};

test('takes out what no lesson needs and keeps the rest with its conditions', () => {
  const profile = JSON.parse(narrowProfile(JSON.stringify(podmans))) as typeof podmans;
  expect(profile.defaultAction).toBe('SCMP_ACT_ERRNO');
  expect(profile.syscalls.slice(0, 3)).toEqual([
    { names: ['read'], action: 'SCMP_ACT_ALLOW' },
    { names: ['setns'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_ADMIN'] } },
    podmans.syscalls[3],
  ]);
});

test('allows sockets only of the named families', () => {
  const { syscalls } = JSON.parse(narrowProfile(JSON.stringify(podmans))) as {
    syscalls: { names: string[]; action: string; args?: { index: number; value: number; op: string }[] }[];
  };
  const sockets = syscalls.filter(({ names }) => names.includes('socket'));
  const allowed = sockets.filter(({ action }) => action === 'SCMP_ACT_ALLOW');
  expect(allowed.map(({ args }) => args?.[0]?.value)).toEqual([1, 2, 10, 17, 16]);
  expect(allowed.every(({ args }) => args?.[0]?.index === 0 && args[0].op === 'SCMP_CMP_EQ')).toBe(true);
});

test('says what is wrong with a file of another shape', () => {
  expect(() => narrowProfile('{}')).toThrow('syscalls');
});
