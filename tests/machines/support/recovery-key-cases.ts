// Right and wrong answers to the checks of the lesson The recovery key first, and to those of recovery keys in later lessons.
import type { CheckCases } from './check-cases.ts';

/** An open vault that holds a recovery key of the system disk. */
const kept = `mounted; recovery $system 'correct horse' > /var/mnt/recovery-key`;
/** The key was read aloud, and a new one was enrolled with the old one. */
const renewed = `${kept}
mv /var/mnt/recovery-key /var/mnt/recovery-key.old
systemd-cryptenroll --unlock-key-file=<(tr -d '\\n' < /var/mnt/recovery-key.old) --wipe-slot=recovery --recovery-key $system > /var/mnt/recovery-key 2> /dev/null`;

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
  {
    check: 'recovery-key-renewed',
    right: {
      'as the page says': renewed,
      'first wiped, then made by the passphrase': `${kept}; mv /var/mnt/recovery-key /var/mnt/recovery-key.old
systemd-cryptenroll --wipe-slot=recovery $system 2> /dev/null; recovery $system 'correct horse' > /var/mnt/recovery-key`,
      'first made, then the old slot killed': `${kept}; mv /var/mnt/recovery-key /var/mnt/recovery-key.old
recovery $system 'correct horse' > /var/mnt/recovery-key; kill_slot $system "$(slot_of $system recovery)"`,
      twice: `${renewed}; PASSWORD='correct horse' systemd-cryptenroll --wipe-slot=recovery --recovery-key $system > /var/mnt/recovery-key 2> /dev/null`,
      'with a chip beside': `${renewed}; chip $system 'correct horse' 7`,
    },
    wrong: {
      'only made, nothing wiped': [
        'old-key-opens',
        `${kept}; mv /var/mnt/recovery-key /var/mnt/recovery-key.old; recovery $system 'correct horse' > /var/mnt/recovery-key`,
      ],
      'nothing renewed': ['old-key-opens', `${kept}; cp /var/mnt/recovery-key /var/mnt/recovery-key.old`],
      'an old key that was never one': ['no-old-key', `${kept}; echo 'read aloud' > /var/mnt/recovery-key.old`],
      'the passphrase in place of the new one': [
        'opens-nothing',
        `${renewed}; echo 'correct horse' > /var/mnt/recovery-key`,
      ],
      'the old one deleted': ['no-old-key', `${renewed}; rm /var/mnt/recovery-key.old`],
      'a third one that nobody has': ['too-many', `${renewed}; recovery $system 'correct horse' > /dev/null`],
      'the new one lost': ['no-file', `${renewed}; rm /var/mnt/recovery-key`],
      'the old key as a passphrase': [
        'old-key-opens',
        `${renewed}; add $system 'correct horse' "$(cat /var/mnt/recovery-key.old)"`,
      ],
      'the vault closed': ['vault-closed', `${renewed}; closed`],
    },
  },
  {
    check: 'each-way-tried',
    before: `recovery $vault 'river stone' > ~/vault.recovery-key`,
    right: {
      'as the page leaves it': `chip $vault 'river stone' 7 --wipe-slot=password`,
      'with a passphrase beside': `chip $vault 'river stone' 7`,
      'while the vault is open': `chip $vault 'river stone' 7; mounted`,
      'the second of two recovery keys': `recovery $vault 'river stone' > ~/vault.recovery-key; chip $vault 'river stone' 7`,
      'a token removed that pointed to nothing': `chip $vault 'river stone' 0; kill_slot $vault "$(slot_of $vault tpm2)"
cryptsetup token remove --token-id 1 $vault; chip $vault 'river stone' 7`,
    },
    wrong: {
      'no chip': ['chip-refuses', ':'],
      'the chip bound to nothing': ['other-pcrs', `chip $vault 'river stone' ''`],
      'a second slot of the chip, bound to nothing': [
        'other-pcrs',
        `chip $vault 'river stone' 7; chip $vault 'river stone' ''`,
      ],
      'a dead token': ['dead-tokens', `chip $vault 'river stone' 7; kill_slot $vault "$(slot_of $vault tpm2)"`],
      'a passphrase in place of the key': [
        'opens-nothing',
        `chip $vault 'river stone' 7; echo 'river stone' > ~/vault.recovery-key`,
      ],
      'a chip that asks for a PIN': [
        'chip-refuses',
        `PASSWORD='river stone' NEWPIN=1234 systemd-cryptenroll --tpm2-device=auto --tpm2-pcrs=7 --tpm2-with-pin=yes $vault > /dev/null 2>&1`,
      ],
      'no recovery key': [
        'no-recovery-key',
        `chip $vault 'river stone' 7; systemd-cryptenroll --wipe-slot=recovery $vault 2> /dev/null`,
      ],
      'the key lost': ['no-file', `chip $vault 'river stone' 7; rm ~/vault.recovery-key`],
    },
  },
];
