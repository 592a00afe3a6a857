// The encryption lab's checks, asked about the disks of a running machine: dm-crypt and mounts. Headers alone: luks-checks.test.ts.
import { diskSetup } from './support/disk-words.ts';
import { recoveryKeyCases } from './support/recovery-key-cases.ts';
import { testVmChecks } from './support/vm-check-cases.ts';

testVmChecks('encrypt-disk', recoveryKeyCases, diskSetup);
