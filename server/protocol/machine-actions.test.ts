// Which kinds of tampering a machine's firmware allows for.
import { expect, test } from 'vitest';
import { firmwareAllows, tamperKinds } from './machine-actions.ts';

test.each([
  ['uefi-secure-boot', [...tamperKinds]],
  ['uefi', ['command-line', 'boot-loader', 'other-machine']],
  ['bios', []],
] as const)('%s', (firmware, expected) =>
  expect(tamperKinds.filter((kind) => firmwareAllows(firmware, kind))).toEqual(expected),
);
