// The command that logs in a further terminal to a virtual machine, over the session's segment. Makes only the words.
import { quote } from '../vm/launch-files.ts';
import { machineAddress } from '../vm/vm-place.ts';

/** A guest that has just been restored answers within a second; for one that is still booting, the reader tries again. */
const connectSeconds = 10;

/**
 * The guest's host key is new in every session and nobody else is on the network: there is nothing to compare it with.
 * @param index the machine's place in lab.yaml
 * @param environment the shell's environment, as `NAME=value`
 */
export function loginCommand(index: number, environment: readonly string[]): string[] {
  const options = {
    IdentityFile: '/lab/login/id_ed25519',
    IdentitiesOnly: 'yes',
    StrictHostKeyChecking: 'no',
    UserKnownHostsFile: '/dev/null',
    LogLevel: 'ERROR',
    ConnectTimeout: String(connectSeconds),
    // If the guest is switched off, the terminal ends within a minute.
    ServerAliveInterval: '20',
  };
  return [
    'ssh',
    '-tt',
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    `root@${machineAddress(index).ip}`,
    `cd && exec env ${environment.map(quote).join(' ')} bash --login`,
  ];
}
