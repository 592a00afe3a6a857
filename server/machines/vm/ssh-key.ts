// A new SSH key pair in the formats that OpenSSH reads. Made here: ssh-keygen in an emulated guest takes a second.
import { generateKeyPairSync } from 'node:crypto';

export interface SshKey {
  /** PKCS #8 in PEM, which OpenSSH reads for this kind of key since version 9.6; Debian 13 has version 10. */
  privatePem: string;
  /** One line, as in a `.pub` file, without the newline. */
  publicLine: string;
}

/** @param comment the last word of the public line; may be empty */
export function makeSshKey(comment: string): SshKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const fields = [Buffer.from('ssh-ed25519'), raw].flatMap((field) => [lengthOf(field), field]);
  return {
    privatePem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    publicLine: `ssh-ed25519 ${Buffer.concat(fields).toString('base64')} ${comment}`.trimEnd(),
  };
}

function lengthOf(field: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(field.length);
  return length;
}
