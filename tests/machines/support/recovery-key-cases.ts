// Right and wrong answers to the checks of the lesson The recovery key first that need an open vault.
import type { CheckCases } from './check-cases.ts';

/** An open vault that holds a recovery key of the system disk. */
const kept = `mounted; recovery $system 'correct horse' > /var/mnt/recovery-key`;

export const recoveryKeyCases: CheckCases[] = [
  {
    check: 'vault-open',
    right: {
      'as the page says': `mounted`,
      'mounted by its UUID': `open_as 'river stone'; udevadm settle; mount UUID=$(blkid --probe --match-tag UUID --output value /dev/mapper/vault) /var/mnt`,
      'read-only': `open_as 'river stone' --readonly; mount -o ro /dev/mapper/vault /var/mnt`,
      'in a second place as well': `mounted; mkdir -p /run/made; mount /dev/mapper/vault /run/made`,
      'by its device number': `open_as 'river stone'; mount "$(readlink -f /dev/mapper/vault)" /var/mnt`,
      'opened by a recovery key': `recovery $vault 'river stone' > /run/key; open_as "$(cat /run/key)"; mount /dev/mapper/vault /var/mnt`,
    },
    wrong: {
      'not opened': ['not-open', ':'],
      'opened, not mounted': ['not-mounted', `open_as 'river stone'`],
      'mounted elsewhere': [
        'not-mounted',
        `open_as 'river stone'; mkdir -p /run/made; mount /dev/mapper/vault /run/made`,
      ],
      'something else mounted over it': ['not-mounted', `mounted; mount -t tmpfs tmpfs /var/mnt`],
      'another disk under that name': [
        'not-open',
        `truncate --size=20M /root/other; printf x | cryptsetup luksFormat $cheap --key-file - /root/other
printf x | cryptsetup open --key-file - /root/other vault; mkfs.ext4 -q /dev/mapper/vault; mount /dev/mapper/vault /var/mnt`,
      ],
      'the disk formatted anew while it was open': [
        'not-open',
        `mounted; truncate --size=20M /run/other; printf 'river stone' | cryptsetup luksFormat $cheap --offset 8192 --key-file - /run/other
dd if=/run/other of=$vault bs=1M count=4 conv=notrunc,fsync status=none; rm /run/other`,
      ],
      'no header': ['not-encrypted', `dd if=/dev/zero of=$vault bs=1M count=4 conv=notrunc,fsync status=none`],
    },
  },
  {
    check: 'recovery-key-kept',
    right: {
      'as the page says': kept,
      'without the end of its line': `${kept}; printf %s "$(cat /var/mnt/recovery-key)" > /run/key; cp /run/key /var/mnt/recovery-key`,
      'with a note in a second line': `${kept}; echo 'desktop, second floor' >> /var/mnt/recovery-key`,
      'a link within the vault': `${kept}; mv /var/mnt/recovery-key /var/mnt/desktop.key; ln -s desktop.key /var/mnt/recovery-key`,
      'the older of two': `${kept}; recovery $system 'correct horse' > /run/key`,
      'for its owner alone': `${kept}; chmod 400 /var/mnt/recovery-key`,
    },
    wrong: {
      'no recovery key': ['no-recovery-key', `mounted; echo key > /var/mnt/recovery-key`],
      'the passphrase instead of the key': ['opens-nothing', `${kept}; echo 'correct horse' > /var/mnt/recovery-key`],
      'on the disk that it opens': [
        'not-in-vault',
        `${kept}; mv /var/mnt/recovery-key /root/key; ln -s /root/key /var/mnt/recovery-key`,
      ],
      'the vault was closed first': ['vault-closed', `recovery $system 'correct horse' > /var/mnt/recovery-key`],
      'the messages instead of the key': [
        'opens-nothing',
        `mounted; PASSWORD='correct horse' systemd-cryptenroll --recovery-key $system > /dev/null 2> /var/mnt/recovery-key`,
      ],
      'a letter copied wrongly': ['opens-nothing', `${kept}; sed -i '1s/^./x/' /var/mnt/recovery-key`],
      'of the vault itself': ['opens-nothing', `${kept}; recovery $vault 'river stone' > /var/mnt/recovery-key`],
      'an empty file': ['no-file', `${kept}; : > /var/mnt/recovery-key`],
      'its slot was wiped': [
        'no-recovery-key',
        `${kept}; systemd-cryptenroll --wipe-slot=recovery $system 2> /dev/null`,
      ],
    },
  },
];
