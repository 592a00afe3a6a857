// What readers may have done to the encryption lab's disks: for each check wrong answers and unusual right ones to what the
// pages ask. A row has a check, what was done, the same in shell, and the resulting cause; '' means passed.

export interface LuksCase {
  check: string;
  what: string;
  done: string;
  cause: string;
}

/** Shell functions for the rows, without standard input. Disks are files; key derivation is as cheap as possible. */
export const luksProlog = `
set -eu
cheap='--pbkdf pbkdf2 --pbkdf-force-iterations 1000 --batch-mode'
export HOME=/root
mkdir -p /root
# disk FILE PASSPHRASE: a new one, a copy of the first with this passphrase
disk() {
  first=/run/disk-$(printf %s "$2" | tr ' ' -)
  if [ ! -e "$first" ]; then
    truncate --size=20M "$first.new"
    printf %s "$2" | cryptsetup luksFormat --type luks2 $cheap --key-file - "$first.new"
    mv "$first.new" "$first"
  fi
  cp --sparse=always "$first" "$1"
}
# add FILE PASSPHRASE NEW [OPTION…]
add() {
  file=$1 old=$2 new=$3; shift 3
  printf %s "$old" > /run/old; printf %s "$new" > /run/new
  cryptsetup luksAddKey $cheap --key-file /run/old "$@" "$file" /run/new
}
# mark FILE SLOT JSON: a token
mark() { printf '{"keyslots":["%s"],%s}' "$2" "$3" | cryptsetup token import "$1"; }
tpm2() { mark "$1" "$2" "\\"type\\":\\"systemd-tpm2\\",\\"tpm2-blob\\":\\"AAAA\\",\\"tpm2-pcrs\\":[$3],\\"tpm2-pcr-bank\\":\\"sha256\\",\\"tpm2-policy-hash\\":\\"00\\",\\"tpm2-pin\\":$4"; }
fido2() { mark "$1" "$2" "\\"type\\":\\"systemd-fido2\\",\\"fido2-credential\\":\\"AAAA\\",\\"fido2-salt\\":\\"AAAA\\",\\"fido2-rp\\":\\"io.systemd.cryptsetup\\",\\"fido2-clientPin-required\\":$3,\\"fido2-up-required\\":$4,\\"fido2-uv-required\\":false"; }
# recovery FILE PASSPHRASE: prints the key
recovery() { PASSWORD=$2 systemd-cryptenroll --recovery-key "$1" 2> /dev/null; }
kill_slot() { cryptsetup luksKillSlot --batch-mode "$1" "$2"; }
# A system disk as A passphrase leaves it, a data disk as its second step does.
disk /dev/vda3 'correct horse'
disk /dev/vdb 'paper boat'
`;

const system = '/dev/vda3';
const vault = '/dev/vdb';
/** A system disk with a recovery key and slot 2 for a chip's token. */
const chipReady = `recovery ${system} 'correct horse' > /run/key; add ${system} 'correct horse' chip --new-key-slot 2`;
/** The data disk for the FIDO2 steps: "river stone", a kept recovery key, slot 2 for a token. */
const keyReady = `disk ${vault} 'river stone'; recovery ${vault} 'river stone' > ~/vault.recovery-key; add ${vault} 'river stone' chip --new-key-slot 2`;
/** Both disks with slot 2 for a chip's token, bound to these registers. */
const bothReady = `add ${system} 'correct horse' chip --new-key-slot 2; add ${vault} 'paper boat' chip --new-key-slot 2`;
const bothBound = (of: string, others: string) =>
  `${bothReady}; tpm2 ${system} 2 ${of} false; tpm2 ${vault} 2 ${others} false`;
const wide = '0,4,7,8,9';
const fleetReady = [
  `recovery ${system} 'correct horse' > /run/key; add ${system} 'correct horse' key --new-key-slot 2; fido2 ${system} 2 true true; kill_slot ${system} 0`,
  `disk ${vault} 'river stone'; recovery ${vault} 'river stone' > /run/key2; add ${vault} 'river stone' key --new-key-slot 2; fido2 ${vault} 2 true true; kill_slot ${vault} 0`,
].join('; ');

const rows: [check: string, what: string, done: string, cause: string][] = [
  // A passphrase: a second one is added, then the first is withdrawn.
  ['second-passphrase', 'nothing was added', 'true', 'one-passphrase'],
  [
    'second-passphrase',
    'no encrypted disk',
    `truncate --size=0 ${vault}; truncate --size=20M ${vault}`,
    'not-encrypted',
  ],
  ['second-passphrase', 'a mistyped one', `add ${vault} 'paper boat' 'river stone '`, 'not-that-one'],
  [
    'second-passphrase',
    'added and killed',
    `add ${vault} 'paper boat' 'river stone'; kill_slot ${vault} 1`,
    'one-passphrase',
  ],
  ['second-passphrase', 'to the other disk', `add ${system} 'correct horse' 'river stone'`, 'one-passphrase'],
  [
    'second-passphrase',
    'a slot that belongs to no data',
    `add ${vault} 'paper boat' 'x' --unbound --key-size 512 --new-key-slot 4`,
    'one-passphrase',
  ],
  ['second-passphrase', 'as the page says', `add ${vault} 'paper boat' 'river stone'`, ''],
  ['second-passphrase', 'in slot 31', `add ${vault} 'paper boat' 'river stone' --new-key-slot 31`, ''],
  [
    'second-passphrase',
    'in a slot that is tried first',
    `add ${vault} 'paper boat' 'river stone'; cryptsetup config --priority prefer --key-slot 1 ${vault}`,
    '',
  ],
  [
    'second-passphrase',
    'the first one changed to it',
    `printf 'river stone' > /run/new; printf 'paper boat' | cryptsetup luksChangeKey $cheap --key-file - ${vault} /run/new`,
    '',
  ],
  ['second-passphrase', 'with a third one', `add ${vault} 'paper boat' third; add ${vault} third 'river stone'`, ''],
  ['first-withdrawn', 'nothing was removed', `add ${vault} 'paper boat' 'river stone'`, 'still-opens'],
  [
    'first-withdrawn',
    'the new one was removed',
    `add ${vault} 'paper boat' 'river stone'; kill_slot ${vault} 1`,
    'still-opens',
  ],
  ['first-withdrawn', 'both are gone', `add ${vault} 'paper boat' other; kill_slot ${vault} 0`, 'none-left'],
  [
    'first-withdrawn',
    'the same one in two slots, one removed',
    `add ${vault} 'paper boat' 'river stone'; add ${vault} 'river stone' 'paper boat'; kill_slot ${vault} 0`,
    'still-opens',
  ],
  ['first-withdrawn', 'all slots erased', `cryptsetup erase --batch-mode ${vault}`, 'none-left'],
  [
    'first-withdrawn',
    'by luksRemoveKey',
    `add ${vault} 'paper boat' 'river stone'; printf 'paper boat' | cryptsetup luksRemoveKey ${vault} -`,
    '',
  ],
  ['first-withdrawn', 'by its slot', `add ${vault} 'paper boat' 'river stone'; kill_slot ${vault} 0`, ''],
  [
    'first-withdrawn',
    'by systemd-cryptenroll',
    `add ${vault} 'paper boat' 'river stone'; systemd-cryptenroll --wipe-slot=0 ${vault}`,
    '',
  ],
  [
    'first-withdrawn',
    'by a change',
    `printf 'river stone' > /run/new; printf 'paper boat' | cryptsetup luksChangeKey $cheap --key-file - ${vault} /run/new`,
    '',
  ],
  [
    'first-withdrawn',
    'with a recovery key beside',
    `add ${vault} 'paper boat' 'river stone'; recovery ${vault} 'river stone'; kill_slot ${vault} 0`,
    '',
  ],
  ['header-saved', 'no file', 'true', 'no-backup'],
  ['header-saved', 'an empty file', ': > ~/vault.header', 'no-backup'],
  ['header-saved', 'the dump as text', `cryptsetup luksDump ${vault} > ~/vault.header`, 'not-a-header'],
  [
    'header-saved',
    'the other disk’s',
    `cryptsetup luksHeaderBackup --header-backup-file ~/vault.header ${system}`,
    'other-disk',
  ],
  [
    'header-saved',
    'of an older format of the disk',
    `cryptsetup luksHeaderBackup --header-backup-file ~/vault.header ${vault}; cryptsetup luksUUID --batch-mode --uuid "$(cat /proc/sys/kernel/random/uuid)" ${vault}`,
    'other-disk',
  ],
  [
    'header-saved',
    'the first kilobytes of it',
    `dd if=${vault} of=/root/vault.header bs=4096 count=8 status=none; truncate --size=16M /root/vault.header`,
    'opens-nothing',
  ],
  ['header-saved', 'as the page says', `cryptsetup luksHeaderBackup --header-backup-file ~/vault.header ${vault}`, ''],
  ['header-saved', 'by dd', `head --bytes=16M ${vault} > ~/vault.header`, ''],
  [
    'header-saved',
    'a link to it',
    `cryptsetup luksHeaderBackup --header-backup-file /root/kept ${vault}; ln -sf /root/kept ~/vault.header`,
    '',
  ],
  [
    'header-saved',
    'while the disk’s own is destroyed',
    `cryptsetup luksHeaderBackup --header-backup-file ~/vault.header ${vault}; truncate --size=0 ${vault}; truncate --size=20M ${vault}`,
    '',
  ],
  [
    'header-saved',
    'before a passphrase was added',
    `cryptsetup luksHeaderBackup --header-backup-file ~/vault.header ${vault}; add ${vault} 'paper boat' 'river stone'`,
    '',
  ],
  // The recovery key first: the passphrase that everybody knows is removed.
  ['well-known-gone', 'no recovery key', 'true', 'no-recovery-key'],
  [
    'well-known-gone',
    'a recovery key whose slot is killed',
    `recovery ${system} 'correct horse' > /run/key; printf 'tulip ferry' > /run/new; printf 'correct horse' | cryptsetup luksChangeKey $cheap --key-file - ${system} /run/new; kill_slot ${system} 1`,
    'no-recovery-key',
  ],
  ['well-known-gone', 'not changed', `recovery ${system} 'correct horse' > /run/key`, 'well-known-opens'],
  [
    'well-known-gone',
    'the new one added only',
    `recovery ${system} 'correct horse' > /run/key; add ${system} 'correct horse' 'tulip ferry'`,
    'well-known-opens',
  ],
  [
    'well-known-gone',
    'changed to another',
    `recovery ${system} 'correct horse' > /run/key; printf 'tulip fery' > /run/new; printf 'correct horse' | cryptsetup luksChangeKey $cheap --key-file - ${system} /run/new`,
    'new-one-refused',
  ],
  [
    'well-known-gone',
    'as the page says',
    `recovery ${system} 'correct horse' > /run/key; printf 'tulip ferry' > /run/new; printf 'correct horse' | cryptsetup luksChangeKey $cheap --key-file - ${system} /run/new`,
    '',
  ],
  [
    'well-known-gone',
    'added, then the old one killed',
    `recovery ${system} 'correct horse' > /run/key; add ${system} 'correct horse' 'tulip ferry'; kill_slot ${system} 0`,
    '',
  ],
  [
    'well-known-gone',
    'by the recovery key, the old one wiped by systemd',
    `recovery ${system} 'correct horse' > /run/key; add ${system} "$(cat /run/key)" 'tulip ferry'; systemd-cryptenroll --wipe-slot=0 ${system}`,
    '',
  ],
  [
    'well-known-gone',
    'with two recovery keys',
    `recovery ${system} 'correct horse' > /run/key; recovery ${system} 'correct horse' > /run/key2; add ${system} 'correct horse' 'tulip ferry'; kill_slot ${system} 0`,
    '',
  ],
  [
    'well-known-gone',
    'with a chip’s token beside',
    `${chipReady}; tpm2 ${system} 2 7 false; add ${system} 'correct horse' 'tulip ferry'; kill_slot ${system} 0`,
    '',
  ],
  // TPM2
  [
    'chip-bound',
    'no recovery key',
    `add ${system} 'correct horse' chip --new-key-slot 2; tpm2 ${system} 2 7 false`,
    'no-recovery-key',
  ],
  ['chip-bound', 'no token', chipReady, 'no-tpm2'],
  [
    'chip-bound',
    'a token whose slot is killed',
    `${chipReady}; tpm2 ${system} 2 7 false; kill_slot ${system} 2`,
    'no-tpm2',
  ],
  ['chip-bound', 'bound to nothing', `${chipReady}; tpm2 ${system} 2 '' false`, 'other-pcrs'],
  [
    'chip-bound',
    'a second slot that is bound to nothing',
    `${chipReady}; tpm2 ${system} 2 7 false; add ${system} 'correct horse' two --new-key-slot 3; tpm2 ${system} 3 '' false`,
    'other-pcrs',
  ],
  ['chip-bound', 'with a PIN', `${chipReady}; tpm2 ${system} 2 7 true`, 'with-pin'],
  [
    'chip-bound',
    'the other disk',
    `${chipReady}; add ${vault} 'paper boat' chip --new-key-slot 2; tpm2 ${vault} 2 7 false`,
    'no-tpm2',
  ],
  ['chip-bound', 'as the page says', `${chipReady}; tpm2 ${system} 2 7 false`, ''],
  [
    'chip-bound',
    'a dead token with other PCRs beside',
    `${chipReady}; tpm2 ${system} 2 '0, 7' false; kill_slot ${system} 2; add ${system} 'correct horse' two --new-key-slot 3; tpm2 ${system} 3 7 false`,
    '',
  ],
  [
    'chip-bound',
    'two slots of two chips',
    `${chipReady}; tpm2 ${system} 2 7 false; add ${system} 'correct horse' two --new-key-slot 3; tpm2 ${system} 3 7 false`,
    '',
  ],
  [
    'chip-bound',
    'in slot 30',
    `${chipReady}; add ${system} 'correct horse' two --new-key-slot 30; tpm2 ${system} 30 7 false`,
    '',
  ],
  [
    'chip-bound',
    'a security key beside',
    `${chipReady}; tpm2 ${system} 2 7 false; add ${system} 'correct horse' two --new-key-slot 3; fido2 ${system} 3 true true`,
    '',
  ],
  ['chip-bound', 'the passphrase gone', `${chipReady}; tpm2 ${system} 2 7 false; kill_slot ${system} 0`, ''],
  [
    'pin-set',
    'no recovery key',
    `add ${system} 'correct horse' chip --new-key-slot 2; tpm2 ${system} 2 7 true`,
    'no-recovery-key',
  ],
  ['pin-set', 'no token', chipReady, 'no-tpm2'],
  ['pin-set', 'without a PIN', `${chipReady}; tpm2 ${system} 2 7 false`, 'no-pin'],
  [
    'pin-set',
    'a slot without a PIN left',
    `${chipReady}; tpm2 ${system} 2 7 false; add ${system} 'correct horse' two --new-key-slot 3; tpm2 ${system} 3 7 true`,
    'no-pin',
  ],
  ['pin-set', 'bound to 0 as well', `${chipReady}; tpm2 ${system} 2 '0, 7' true`, 'other-pcrs'],
  [
    'pin-set',
    'a token with a PIN whose slot is killed',
    `${chipReady}; tpm2 ${system} 2 7 true; kill_slot ${system} 2`,
    'no-tpm2',
  ],
  ['pin-set', 'as the page says', `${chipReady}; tpm2 ${system} 2 7 true`, ''],
  [
    'pin-set',
    'the old token left behind without its slot',
    `${chipReady}; tpm2 ${system} 2 7 false; kill_slot ${system} 2; add ${system} 'correct horse' two --new-key-slot 3; tpm2 ${system} 3 7 true`,
    '',
  ],
  [
    'pin-set',
    'two chips with PINs',
    `${chipReady}; tpm2 ${system} 2 7 true; add ${system} 'correct horse' two --new-key-slot 3; tpm2 ${system} 3 7 true`,
    '',
  ],
  ['pin-set', 'the passphrase gone', `${chipReady}; tpm2 ${system} 2 7 true; kill_slot ${system} 0`, ''],
  [
    'pin-set',
    'two recovery keys',
    `${chipReady}; recovery ${system} 'correct horse' > /run/key2; tpm2 ${system} 2 7 true`,
    '',
  ],
  // What breaks it: one disk bound to few registers, one to many
  ['two-bindings', 'the system disk alone', bothReady + `; tpm2 ${system} 2 7 false`, `no-tpm2 disk=${vault}`],
  ['two-bindings', 'both narrowly', bothBound('7', '7'), `other-pcrs disk=${vault} pcrs=7`],
  ['two-bindings', 'the other way round', bothBound(wide, '7'), `other-pcrs disk=${system} pcrs=0+4+7+8+9`],
  ['two-bindings', 'one of five forgotten', bothBound('7', '0,4,7,9'), `other-pcrs disk=${vault} pcrs=0+4+7+9`],
  [
    'two-bindings',
    'the slot with a PIN left beside',
    `${bothBound('7', wide)}; add ${system} 'correct horse' two --new-key-slot 3; tpm2 ${system} 3 7 true`,
    `with-pin disk=${system}`,
  ],
  [
    'two-bindings',
    'a slot bound to nothing beside',
    `${bothBound('7', wide)}; add ${vault} 'paper boat' two --new-key-slot 3; tpm2 ${vault} 3 '' false`,
    'other-pcrs',
  ],
  ['two-bindings', 'a slot killed', `${bothBound('7', wide)}; kill_slot ${vault} 2`, `no-tpm2 disk=${vault}`],
  ['two-bindings', 'as the page says', bothBound('7', wide), ''],
  ['two-bindings', 'the passphrases gone', `${bothBound('7', wide)}; kill_slot ${system} 0; kill_slot ${vault} 0`, ''],
  [
    'two-bindings',
    'the slot with a PIN killed, its token left',
    `${bothBound('7', wide)}; add ${system} 'correct horse' two --new-key-slot 3; tpm2 ${system} 3 7 true; kill_slot ${system} 3`,
    '',
  ],
  ['two-bindings', 'with a recovery key', `${bothBound('7', wide)}; recovery ${vault} 'paper boat' > /run/key`, ''],
  [
    'two-bindings',
    'two slots of two chips',
    `${bothBound('7', wide)}; add ${vault} 'paper boat' two --new-key-slot 3; tpm2 ${vault} 3 ${wide} false`,
    '',
  ],
  // FIDO2
  ['spare-works', 'the chip’s slot is there', `${keyReady}; tpm2 ${vault} 2 0,4,7,8,9 false`, 'chip-still-there'],
  ['spare-works', 'no recovery key', `disk ${vault} 'river stone'`, 'no-recovery-key'],
  ['spare-works', 'nothing kept', `${keyReady}; rm ~/vault.recovery-key`, 'no-file'],
  [
    'spare-works',
    'an older one kept',
    `${keyReady}; cp ~/vault.recovery-key /run/kept; PASSWORD='river stone' systemd-cryptenroll --wipe-slot=recovery --recovery-key ${vault} > /run/key2; cp /run/kept ~/vault.recovery-key`,
    'opens-nothing',
  ],
  ['spare-works', 'its slot is killed', `${keyReady}; kill_slot ${vault} 1`, 'no-recovery-key'],
  [
    'spare-works',
    'the passphrase kept in its place',
    `${keyReady}; echo 'river stone' > ~/vault.recovery-key`,
    'opens-nothing',
  ],
  ['spare-works', 'as the page says', keyReady, ''],
  [
    'spare-works',
    'the chip’s token left behind without its slot',
    `${keyReady}; tpm2 ${vault} 2 7 false; kill_slot ${vault} 2`,
    '',
  ],
  [
    'spare-works',
    'kept without the line’s end',
    `${keyReady}; tr -d '\\n' < ~/vault.recovery-key > /run/k; cp /run/k ~/vault.recovery-key`,
    '',
  ],
  ['spare-works', 'two recovery keys', `${keyReady}; recovery ${vault} 'river stone' > /run/key2`, ''],
  ['spare-works', 'a security key already', `${keyReady}; fido2 ${vault} 2 true true`, ''],
  ['key-enrolled', 'no header', `truncate --size=0 ${vault}; truncate --size=20M ${vault}`, 'not-encrypted'],
  [
    'key-enrolled',
    'the chip’s slot is there',
    `${keyReady}; tpm2 ${vault} 2 7 false; add ${vault} 'river stone' two --new-key-slot 3; fido2 ${vault} 3 true true`,
    'chip-still-there',
  ],
  ['key-enrolled', 'nothing enrolled', keyReady, 'no-fido2'],
  [
    'key-enrolled',
    'a token whose slot is killed',
    `${keyReady}; fido2 ${vault} 2 true true; kill_slot ${vault} 2`,
    'no-fido2',
  ],
  ['key-enrolled', 'without a touch', `${keyReady}; fido2 ${vault} 2 true false`, 'no-touch-needed'],
  ['key-enrolled', 'without the PIN', `${keyReady}; fido2 ${vault} 2 false true`, 'no-pin-needed'],
  [
    'key-enrolled',
    'a second slot without the PIN',
    `${keyReady}; fido2 ${vault} 2 true true; add ${vault} 'river stone' two --new-key-slot 3; fido2 ${vault} 3 false true`,
    'no-pin-needed',
  ],
  ['key-enrolled', 'as the page says', `${keyReady}; fido2 ${vault} 2 true true`, ''],
  [
    'key-enrolled',
    'a slot of an earlier try killed, its token left',
    `${keyReady}; fido2 ${vault} 2 false true; kill_slot ${vault} 2; add ${vault} 'river stone' two --new-key-slot 3; fido2 ${vault} 3 true true`,
    '',
  ],
  [
    'key-enrolled',
    'two keys',
    `${keyReady}; fido2 ${vault} 2 true true; add ${vault} 'river stone' two --new-key-slot 3; fido2 ${vault} 3 true true`,
    '',
  ],
  ['key-enrolled', 'the passphrase gone', `${keyReady}; fido2 ${vault} 2 true true; kill_slot ${vault} 0`, ''],
  [
    'key-enrolled',
    'in slot 30',
    `${keyReady}; add ${vault} 'river stone' two --new-key-slot 30; fido2 ${vault} 30 true true`,
    '',
  ],
  // Choosing for a fleet
  [
    'fleet-rules-kept',
    'all rules but on the data disk',
    `${fleetReady}; disk ${vault} 'river stone'`,
    `no-recovery-key disk=${vault}`,
  ],
  [
    'fleet-rules-kept',
    'a recovery key whose slot is gone',
    `${fleetReady}; kill_slot ${vault} 1`,
    `no-recovery-key disk=${vault}`,
  ],
  [
    'fleet-rules-kept',
    'a token of hardware whose slot is gone',
    `${fleetReady}; kill_slot ${vault} 2`,
    `no-hardware disk=${vault}`,
  ],
  [
    'fleet-rules-kept',
    'two recovery keys',
    `${fleetReady}; recovery ${vault} key > /run/key3`,
    `too-many-recovery-keys disk=${vault} count=2`,
  ],
  [
    'fleet-rules-kept',
    'a passphrase of a page',
    `${fleetReady}; add ${system} key 'correct horse'`,
    `known-passphrase disk=${system} passphrase="correct horse"`,
  ],
  [
    'fleet-rules-kept',
    'a passphrase of a page in a slot that a token names',
    `${fleetReady}; add ${system} key 'tulip ferry' --new-key-slot 5; fido2 ${system} 5 true true`,
    `known-passphrase disk=${system} passphrase="tulip ferry"`,
  ],
  [
    'fleet-rules-kept',
    'a chip that is not this machine’s',
    `${fleetReady}; cryptsetup token remove --token-id 1 ${system}; tpm2 ${system} 2 7 false`,
    `hardware-refuses disk=${system}`,
  ],
  [
    'fleet-rules-kept',
    'a slot bound to nothing beside',
    `${fleetReady}; add ${system} key two --new-key-slot 5; tpm2 ${system} 5 '' false`,
    `bound-to-nothing disk=${system}`,
  ],
  ['fleet-rules-kept', 'both by security keys', fleetReady, ''],
  [
    'fleet-rules-kept',
    'a second recovery key’s slot killed, its token left',
    `${fleetReady}; recovery ${vault} key > /run/key3; kill_slot ${vault} 0`,
    '',
  ],
  ['fleet-rules-kept', 'a passphrase that no page has', `${fleetReady}; add ${vault} key 'seven grey geese'`, ''],
  [
    'fleet-rules-kept',
    'a slot bound to nothing killed, its token left',
    `${fleetReady}; add ${system} key two --new-key-slot 5; tpm2 ${system} 5 '' false; kill_slot ${system} 5`,
    '',
  ],
  [
    'fleet-rules-kept',
    'a chip with a PIN on one',
    `${fleetReady}; cryptsetup token remove --token-id 1 ${system}; tpm2 ${system} 2 7 true`,
    '',
  ],
];

export const luksCases: LuksCase[] = rows.map(([check, what, done, cause]) => ({ check, what, done, cause }));
