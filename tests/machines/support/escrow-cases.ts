// Right and wrong answers to the checks of the escrow in the lesson The recovery key first, and to those of the fleet's
// inventory and of notes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckCases } from './check-cases.ts';

const files = join(import.meta.dirname, '../../../labs/encrypt-disk/files');
const put = (name: string, path: string, mode: string) =>
  `cat > ${path} <<'END-OF-FILE'\n${readFileSync(join(files, name), 'utf8')}END-OF-FILE\nchmod ${mode} ${path}\n`;

/** Made only once, because keys of this length take seconds under emulation. */
const office = `
[ -s /run/office.key ] || openssl req -quiet -x509 -newkey rsa:2048 -nodes -days 30 -subj '/CN=Office' -keyout /run/office.key -out /run/office.crt
store() { printf %s "$1" | systemd-creds encrypt --with-key=host --name=first-passphrase - /etc/credstore.encrypted/first-passphrase 2> /dev/null; }
start() { systemctl start escrow-recovery-key.service; }
escrowed() { echo "/var/mnt/escrow/$(cryptsetup luksUUID $system).cms"; }
encrypt() { openssl cms -encrypt -binary -aes-256-gcm -outform DER -recip "$1" -keyopt rsa_padding_mode:oaep; }
systemctl reset-failed
rm -rf /etc/escrow /var/lib/escrow /etc/systemd/system/escrow-recovery-key.service* /etc/systemd/system/multi-user.target.wants/escrow-recovery-key.service
mkdir -p /etc/escrow /usr/local/sbin /etc/credstore.encrypted
mounted; rm -rf /var/mnt/escrow; cp /run/office.key /var/mnt/; cp /run/office.crt /etc/escrow/
${put('escrow-recovery-key', '/usr/local/sbin/escrow-recovery-key', '755')}
${put('escrow-recovery-key.service', '/etc/systemd/system/escrow-recovery-key.service', '644')}
systemctl daemon-reload
store 'correct horse'`;

const inventory = put('disk-ways', '~/disk-ways', '755');

export const escrowCases: CheckCases[] = [
  {
    check: 'escrow-ready',
    before: office,
    right: {
      'as the page says': ':',
      'the vault closed': `closed`,
      'enabled already': `systemctl enable --quiet escrow-recovery-key.service`,
      'another passphrase of the disk': `add $system 'correct horse' second; store second`,
      'the credential bound to the chip': `printf 'correct horse' | systemd-creds encrypt --with-key=tpm2 --name=first-passphrase - /etc/credstore.encrypted/first-passphrase 2> /dev/null`,
      'the program with another comment': `sed -i '2s/.*/# ours/' /usr/local/sbin/escrow-recovery-key`,
    },
    wrong: {
      'no certificate': ['no-certificate', `rm /etc/escrow/office.crt`],
      'the certificate of somebody else': [
        'other-certificate',
        `openssl req -quiet -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=x' -keyout /run/x.key -out /etc/escrow/office.crt`,
      ],
      'the program not executable': ['not-executable', `chmod 644 /usr/local/sbin/escrow-recovery-key`],
      'the program cut off': [
        'program-broken',
        `sed -i '/^printf %s "$key" |$/,$d' /usr/local/sbin/escrow-recovery-key; echo 'if true; then' >> /usr/local/sbin/escrow-recovery-key`,
      ],
      'a unit that systemd does not load': [
        'no-unit',
        `sed -i '/^ExecStart=/d' /etc/systemd/system/escrow-recovery-key.service; systemctl daemon-reload`,
      ],
      'a unit that starts something else': [
        'other-program',
        `sed -i 's/^ExecStart=.*/ExecStart=\\/bin\\/true/' /etc/systemd/system/escrow-recovery-key.service; systemctl daemon-reload`,
      ],
      'a passphrase with the end of its line': [
        'no-passphrase',
        `store 'correct horse
'`,
      ],
      'a passphrase that opens nothing': ['no-passphrase', `store 'tulip fery'`],
      'a wrong passphrase, while a chip opens the disk': [
        'no-passphrase',
        `chip $system 'correct horse' 7; store wrong`,
      ],
    },
  },
  {
    check: 'key-escrowed',
    before: `${office}; systemctl enable --quiet escrow-recovery-key.service`,
    right: {
      'as the page says': `start`,
      'after a start that failed': `closed; ! start 2> /dev/null; mounted; start`,
      'in place of a key that was kept by hand': `recovery $system 'correct horse' > /run/key; start`,
      'with a chip beside': `chip $system 'correct horse' 7; start`,
      'the passphrase gone': `start; kill_slot $system 0`,
      twice: `start; rm /var/lib/escrow/done; store 'correct horse'; start`,
    },
    wrong: {
      'not started': ['no-recovery-key', ':'],
      'a safe that takes nothing: the slot is wiped again': [
        'no-recovery-key',
        `mount -o remount,ro /var/mnt; ! start 2> /dev/null`,
      ],
      'a certificate that has expired: nothing is enrolled': [
        'no-recovery-key',
        `openssl x509 -in /run/office.crt -signkey /run/office.key -not_before 20200101000000Z -not_after 20200102000000Z -out /etc/escrow/office.crt; ! start 2> /dev/null`,
      ],
      'not enabled': ['not-enabled', `start; systemctl disable --quiet escrow-recovery-key.service`],
      'the vault closed': ['vault-closed', `start; closed`],
      'renewed by hand': [
        'opens-nothing',
        `start; PASSWORD='correct horse' systemd-cryptenroll --wipe-slot=recovery --recovery-key $system > /dev/null 2>&1`,
      ],
      'renewed by hand, while a chip opens the disk': [
        'opens-nothing',
        `chip $system 'correct horse' 7; start; PASSWORD='correct horse' systemd-cryptenroll --wipe-slot=recovery --recovery-key $system > /dev/null 2>&1`,
      ],
      'the passphrase in escrow': [
        'opens-nothing',
        `start; printf 'correct horse' | encrypt /etc/escrow/office.crt > "$(escrowed)"`,
      ],
      'encrypted for somebody else': [
        'not-for-office',
        `openssl req -quiet -x509 -newkey rsa:2048 -nodes -subj '/CN=x' -keyout /run/x.key -out /run/x.crt; start; printf x | encrypt /run/x.crt > "$(escrowed)"`,
      ],
      'delivered by hand, in the clear': ['not-for-office', `start; recovery $system 'correct horse' > "$(escrowed)"`],
      'a second key by hand': ['too-many', `start; recovery $system 'correct horse' > /dev/null`],
      'a copy left behind': [
        'in-the-clear',
        `start; openssl cms -decrypt -binary -inform DER -in "$(escrowed)" -inkey /var/mnt/office.key > /var/mnt/copy`,
      ],
      'a program that tells the journal': [
        'in-the-clear',
        `sed -i 's/^slot=/echo "$key" >\\&2; slot=/' /usr/local/sbin/escrow-recovery-key; start`,
      ],
      'no mark': ['not-done', `start; rm /var/lib/escrow/done`],
    },
  },
  {
    check: 'inventory-taken',
    before: inventory,
    right: {
      'as the page says': `~/disk-ways | tee ~/inventory`,
      'in another order': `~/disk-ways | sort -r > ~/inventory`,
      'with a chip and a recovery key': `chip $vault 'river stone' 7; recovery $vault 'river stone' > /run/key; ~/disk-ways > ~/inventory`,
      'with a slot that belongs to no data': `add $vault 'river stone' x --unbound --key-size 512; ~/disk-ways > ~/inventory`,
      'while the vault is open': `mounted; ~/disk-ways > ~/inventory`,
    },
    wrong: {
      'no script': ['no-script', `~/disk-ways > ~/inventory; rm ~/disk-ways`],
      'not executable': ['no-script', `~/disk-ways > ~/inventory; chmod 644 ~/disk-ways`],
      'not taken': ['no-file', ':'],
      'a slot since': ['out-of-date', `~/disk-ways > ~/inventory; chip $vault 'river stone' 7`],
      'a script that says the same as the file, and nothing of the disks': [
        'out-of-date',
        `printf '#!/bin/sh\\necho fine\\n' > ~/disk-ways; ~/disk-ways > ~/inventory`,
      ],
      'a script that sees one disk': [
        'other-script',
        `~/disk-ways > ~/inventory; sed -i 's/crypto_LUKS" {/crypto_LUKS" \\&\\& !n++ {/' ~/disk-ways`,
      ],
      'appended to an older one': ['out-of-date', `~/disk-ways > ~/inventory; ~/disk-ways >> ~/inventory`],
    },
  },
  {
    check: 'passphrase-at-boot',
    right: {
      'another boot': `cat /proc/sys/kernel/random/uuid > ~/boot-before`,
      'without the end of its line': `printf %s "$(cat /proc/sys/kernel/random/uuid)" > ~/boot-before`,
      'read-only': `cat /proc/sys/kernel/random/uuid > ~/boot-before; chmod 400 ~/boot-before`,
      'a link to it': `cat /proc/sys/kernel/random/uuid > ~/noted; ln -s noted ~/boot-before`,
      'two boots noted': `cat /proc/sys/kernel/random/uuid > ~/boot-before; cat /proc/sys/kernel/random/uuid >> ~/boot-before`,
    },
    wrong: {
      nothing: ['not-noted', ':'],
      'an empty line': ['not-noted', `echo > ~/boot-before`],
      'a word': ['not-noted', `echo yesterday > ~/boot-before`],
      'this boot': ['not-restarted', `cat /proc/sys/kernel/random/boot_id > ~/boot-before`],
      'this boot, and an older one': [
        'not-restarted',
        `cat /proc/sys/kernel/random/uuid > ~/boot-before; cat /proc/sys/kernel/random/boot_id >> ~/boot-before`,
      ],
    },
  },
];
