// The encryption lab's checks, run on the disks of a running machine: dm-crypt, a TPM, mounts, swap. luks-checks.test.ts
// tests headers alone.
import { dataDiskCases } from './support/data-disk-cases.ts';
import { diskSetup } from './support/disk-words.ts';
import { escrowCases } from './support/escrow-cases.ts';
import { recoveryKeyCases } from './support/recovery-key-cases.ts';
import { chipCases } from './support/chip-cases.ts';
import { testVmChecks } from './support/vm-check-cases.ts';

testVmChecks('encrypt-disk', [...dataDiskCases, ...recoveryKeyCases, ...escrowCases, ...chipCases], diskSetup);
