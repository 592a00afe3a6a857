// The stand-in security key of a real machine: it runs outside of the machine, is plugged in by a command, is touched from
// outside and is saved with the machine.
import { expect, test } from 'vitest';
import { pollUntil } from '../support/page-terminal.ts';
import { testVm, type RealVms } from '../support/real-vm.ts';
import { withPreparedVms } from './support/prepared-vms.ts';

let vms: RealVms;
withPreparedVms((prepared) => {
  vms = prepared;
});

/** Runs a script in the guest that needs one touch. */
async function withTouch(id: string, script: string) {
  const run = vms.sh(id, script);
  await pollUntil(
    () => vms.view(id).wantsTouch,
    () => `a key that waits for a touch after ${script}`,
    60_000,
  );
  await vms.engine.touchSecurityKey(id, testVm.name);
  return run;
}

/** As the checks two-keys and key-lost-survived ask whose a slot is. */
const knows =
  "{ head -c 32 /dev/zero | base64 --wrap=0; printf '\\nio.systemd.cryptsetup\\n'; cat /run/credential; } | fido2-assert -G -t up=false /dev/hidraw0";
const makeCredential =
  "{ head -c 32 /dev/zero | base64 --wrap=0; printf '\\nio.systemd.cryptsetup\\ndisk\\nAAAA\\n'; } | fido2-cred -M -h /dev/hidraw0 | sed -n 5p > /run/credential";

const options = "fido2-token -I /dev/hidraw0 | sed -n 's/^options: //p'";

test(
  'a key is plugged in, gets a PIN, is reset with a touch from outside, and is pulled out',
  { timeout: 600_000 },
  async () => {
    const id = await vms.start();
    expect(await vms.sh(id, 'fido2-token -L')).toMatchObject({ exitCode: 0, stdout: '' });
    const plugged = await vms.sh(id, 'security-key plug-in && fido2-token -L');
    expect(plugged).toMatchObject({ exitCode: 0, stderr: '' });
    expect(plugged.stdout).toContain('/dev/hidraw0: vendor=0x1209, product=0x0001');
    const set = await vms.sh(id, `printf '2468\\n2468\\n' | setsid fido2-token -S /dev/hidraw0; ${options}`);
    expect(set.stdout).toMatch(/(^|\s)clientPin/);
    expect(vms.view(id).wantsTouch).toBe(false);
    await expect(vms.engine.touchSecurityKey(id, testVm.name)).rejects.toMatchObject({ code: 'LAB_ERR_BUSY' });

    // The other key has no PIN; the first one has kept its PIN.
    const other = await vms.sh(id, `security-key plug-in second && ${options}`);
    expect(other.stdout).toContain('noclientPin');
    // What one key has made the other one does not know, and it takes no touch to tell.
    expect(await withTouch(id, makeCredential)).toMatchObject({ exitCode: 0 });
    expect(await vms.sh(id, knows)).toMatchObject({ exitCode: 0 });
    expect((await vms.sh(id, `security-key plug-in && ${knows}`)).stderr).toContain('FIDO_ERR_NO_CREDENTIALS');

    const reset = await withTouch(id, 'security-key plug-in && fido2-token -R /dev/hidraw0');
    expect(reset).toMatchObject({ exitCode: 0 });
    expect(vms.view(id).wantsTouch).toBe(false);
    expect((await vms.sh(id, options)).stdout).toContain('noclientPin');

    expect(await vms.sh(id, 'security-key pull-out && fido2-token -L')).toMatchObject({ exitCode: 0, stdout: '' });
    await vms.engine.stop(id);
  },
);
