// Right and wrong answers to the checks of the lesson A passphrase that look at the data disk behind its header.
import type { CheckCases } from './check-cases.ts';

const list = `seq --format='Employee %.0f, salary 4200' 2000`;
/** The disk as it was before anybody encrypted it. Everything that is written is in the first 12 MiB, which are restored. */
const plain = `dd if=/dev/zero of=$vault bs=1M count=12 conv=notrunc,fsync status=none; mkfs.ext4 -q $vault 8M`;
const saved = `cryptsetup luksHeaderBackup $vault --header-backup-file ~/vault.header`;

export const dataDiskCases: CheckCases[] = [
  {
    check: 'readable-by-anybody',
    before: plain,
    right: {
      'as the page says': `mount $vault /var/mnt; ${list} > /var/mnt/salaries.txt; umount /var/mnt`,
      'still mounted, but synced': `mount $vault /var/mnt; ${list} > /var/mnt/salaries.txt; sync`,
      'under another name': `mount $vault /var/mnt; ${list} > /var/mnt/list; umount /var/mnt`,
      'deleted again': `mount $vault /var/mnt; ${list} > /var/mnt/list; sync; rm /var/mnt/list; umount /var/mnt`,
      'in capital folders': `mount $vault /var/mnt; mkdir -p /var/mnt/A/B; ${list} > /var/mnt/A/B/salaries.txt; umount /var/mnt`,
    },
    wrong: {
      'no list': ['no-text', ':'],
      'written to the system disk': ['no-text', `${list} > /var/mnt/salaries.txt; rm /var/mnt/salaries.txt`],
      'without a file system': [
        'no-file-system',
        `dd if=/dev/zero of=$vault bs=1M count=8 conv=fsync status=none; ${list} | dd of=$vault bs=1M conv=notrunc,fsync status=none`,
      ],
      'another file system': [
        'no-file-system',
        `mkfs.vfat $vault > /dev/null; mount $vault /var/mnt; ${list} > /var/mnt/salaries.txt; umount /var/mnt`,
      ],
      'encrypted already': ['no-file-system', `dd if=/run/vault.start of=$vault bs=1M conv=notrunc,fsync status=none`],
      compressed: ['no-text', `mount $vault /var/mnt; ${list} | gzip > /var/mnt/list.gz; umount /var/mnt`],
    },
  },
  {
    check: 'nothing-readable',
    right: {
      'as the page says': `mounted`,
      'read-only': `open_as 'river stone' --readonly; mount -o ro /dev/mapper/vault /var/mnt`,
      'another list': `mounted; echo 'salary 1' > /var/mnt/salaries.txt; sync`,
      'formatted anew': `open_as 'river stone'; mkfs.ext4 -q -F /dev/mapper/vault 7M; mount /dev/mapper/vault /var/mnt; ${list} > /var/mnt/salaries.txt; sync`,
      'with a second passphrase': `add $vault 'river stone' other; mounted`,
    },
    wrong: {
      'not encrypted': ['not-encrypted', `${plain}; mount $vault /var/mnt; ${list} > /var/mnt/salaries.txt; sync`],
      LUKS1: [
        'not-encrypted',
        `printf x | cryptsetup luksFormat --type luks1 $cheap --key-file - $vault; printf x | cryptsetup open --key-file - $vault vault`,
      ],
      'old text behind the header': [
        'old-text',
        `mounted; ${list} | dd of=$vault bs=1M seek=9 conv=notrunc,fsync status=none`,
      ],
      closed: ['not-open', ':'],
      'no file system': [
        'no-file-system',
        `open_as 'river stone'; dd if=/dev/zero of=/dev/mapper/vault bs=1M count=1 conv=fsync status=none`,
      ],
      'not mounted': ['not-mounted', `open_as 'river stone'`],
      'no list': ['no-file', `mounted; rm /var/mnt/salaries.txt`],
      'another encrypted disk under that name': [
        'not-open',
        `truncate --size=20M /root/other; printf x | cryptsetup luksFormat $cheap --key-file - /root/other
printf x | cryptsetup open --key-file - /root/other vault; mkfs.ext4 -q /dev/mapper/vault; mount /dev/mapper/vault /var/mnt; ${list} > /var/mnt/salaries.txt`,
      ],
    },
  },
  {
    check: 'data-disk-opens',
    right: {
      'as the page leaves it': ':',
      'the header destroyed and restored': `${saved}; dd if=/dev/urandom of=$vault bs=1M count=4 conv=notrunc,fsync status=none
cryptsetup luksHeaderRestore --batch-mode $vault --header-backup-file ~/vault.header`,
      'while it is open and mounted': `mounted`,
      'with the passphrase in another slot': `add $vault 'river stone' other; kill_slot $vault 0; add $vault other 'river stone'`,
      'with a chip beside': `chip $vault 'river stone' 7`,
    },
    wrong: {
      'the header destroyed': [
        'no-header',
        `dd if=/dev/urandom of=$vault bs=1M count=4 conv=notrunc,fsync status=none`,
      ],
      'another passphrase': ['refused', `add $vault 'river stone' other; kill_slot $vault 0`],
      'the chip opens it, the passphrase does not': ['refused', `chip $vault 'river stone' 7 --wipe-slot=password`],
      'formatted anew in a panic': [
        'no-data',
        `printf 'river stone' | cryptsetup luksFormat $cheap --offset 8192 --key-file - $vault`,
      ],
      'all slots erased': ['refused', `cryptsetup erase --batch-mode $vault`],
      'another disk’s header': [
        'no-data',
        `truncate --size=20M /root/other; printf 'river stone' | cryptsetup luksFormat $cheap --offset 8192 --key-file - /root/other
cryptsetup luksHeaderBackup /root/other --header-backup-file /root/h; cryptsetup luksHeaderRestore --batch-mode $vault --header-backup-file /root/h`,
      ],
    },
  },
  {
    check: 'header-renewed',
    before: `add $vault 'river stone' 'paper boat'; ${saved}; mv ~/vault.header ~/old; kill_slot $vault 1`,
    right: {
      'saved after the slot was killed': saved,
      'by dd': `dd if=$vault of=/root/vault.header bs=1M count=4 status=none`,
      'after a new volume key': `printf 'river stone' | cryptsetup reencrypt --batch-mode --device-size 8M --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file - $vault; ${saved}`,
      'a link to it': `${saved}; mv ~/vault.header ~/new; ln -s new ~/vault.header`,
      'with a recovery key': `recovery $vault 'river stone' > ~/key; ${saved}`,
    },
    wrong: {
      'no copy': ['no-backup', ':'],
      'the old copy, which knows both': ['still-opens', `mv ~/old ~/vault.header`],
      'from before the new volume key': [
        'other-volume-key',
        `${saved}; printf 'river stone' | cryptsetup reencrypt --batch-mode --device-size 8M --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file - $vault`,
      ],
      'the dump as text': ['not-a-header', `cryptsetup luksDump $vault > ~/vault.header`],
      'the first kilobytes': [
        'refused',
        `dd if=$vault of=/root/vault.header bs=4096 count=8 status=none; truncate --size=16M /root/vault.header`,
      ],
      'of another disk': [
        'other-volume-key',
        `cryptsetup luksHeaderBackup $system --header-backup-file ~/vault.header`,
      ],
      'the disk’s own destroyed': [
        'no-header',
        `${saved}; dd if=/dev/urandom of=$vault bs=1M count=4 conv=notrunc,fsync status=none`,
      ],
    },
  },
  {
    check: 'swap-encrypted',
    before: `mountpoint --quiet /boot || mount /boot
if [ -e /run/dirty ]; then dd if=/dev/zero of=/boot/zero bs=1M status=none 2> /dev/null || :; sync; rm /boot/zero /run/dirty; sync; fi`,
    right: {
      'as the page says': `fallocate -l 16M /var/swap; chmod 600 /var/swap; mkswap --quiet /var/swap; swapon /var/swap`,
      'no swap at all': ':',
      'compressed memory': `zramctl --size 16M /dev/zram0; mkswap --quiet /dev/zram0; swapon /dev/zram0`,
      'a random key at each start': `cryptsetup open --type plain --cipher aes-xts-plain64 --key-size 256 --key-file /dev/urandom $vault other
mkswap --quiet /dev/mapper/other; swapon /dev/mapper/other`,
      'a loop device over a file of the encrypted disk': `fallocate -l 16M /var/swap; device=$(losetup --find --show /var/swap); mkswap --quiet $device; swapon $device`,
    },
    wrong: {
      'a file on the boot partition': [
        'clear-swap',
        `fallocate -l 16M /boot/swap; chmod 600 /boot/swap; mkswap --quiet /boot/swap; swapon /boot/swap`,
      ],
      'that file beside an encrypted one': [
        'clear-swap',
        `for file in /var/swap /boot/swap; do fallocate -l 16M $file; chmod 600 $file; mkswap --quiet $file; swapon $file; done`,
      ],
      'a bare disk': ['clear-swap', `mkswap --quiet $vault 2> /dev/null; swapon $vault`],
      'a mapping that only sounds encrypted': [
        'clear-swap',
        `dmsetup create mycrypt --table "0 32768 linear $vault 0"; mkswap --quiet /dev/mapper/mycrypt; swapon /dev/mapper/mycrypt`,
      ],
      'a loop device over a file of the boot partition': [
        'clear-swap',
        `fallocate -l 16M /boot/swap; device=$(losetup --find --show /boot/swap); mkswap --quiet $device; swapon $device`,
      ],
      'old text, the file only deleted': [
        'old-text',
        `touch /run/dirty; ${list} > /boot/swap; sync; rm /boot/swap; sync`,
      ],
    },
  },
];
