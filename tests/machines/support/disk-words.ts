// Where answers to the encryption lab's checks begin in its machine: the system disk as delivered, the data disk with "river stone".
import type { VmCheckSetup } from './vm-check-cases.ts';

const words = `
system=/dev/vda3 vault=/dev/vdb
# Key derivation that is as cheap as possible.
cheap='--pbkdf pbkdf2 --pbkdf-force-iterations 1000 --batch-mode'
export HOME=/root
cd /root
# open_as PASSPHRASE [OPTION…]; mounted: opens and mounts the vault as the first step of a lesson does
open_as() { word=$1; shift; printf %s "$word" | cryptsetup open --disable-external-tokens --key-file - "$@" $vault vault; }
mounted() { open_as 'river stone'; mount /dev/mapper/vault /var/mnt; }
closed() { umount /var/mnt; cryptsetup close vault; }
# recovery DISK PASSPHRASE: prints the key
recovery() { PASSWORD=$2 systemd-cryptenroll --recovery-key "$1" 2> /dev/null; }
# chip DISK PASSPHRASE PCRS [OPTION…]
chip() { disk=$1 word=$2 pcrs=$3; shift 3; PASSWORD=$word systemd-cryptenroll --tpm2-device=auto --tpm2-pcrs="$pcrs" "$@" "$disk" > /dev/null 2>&1; }
# add DISK PASSPHRASE NEW [OPTION…]
add() {
  disk=$1; printf %s "$2" > /run/old; printf %s "$3" > /run/new; shift 3
  cryptsetup luksAddKey $cheap --key-file /run/old "$@" "$disk" /run/new
}
slot_of() { systemd-cryptenroll "$1" | awk -v type="$2" '$2 == type { print $1; exit }'; }
kill_slot() { cryptsetup luksKillSlot --batch-mode "$1" "$2"; }
`;

/** Headers are restored byte by byte, and so are the first 8 MiB of the vault's data, which contain its file system. */
const once = `
modprobe -a loop zram
printf 'river stone' | cryptsetup luksFormat $cheap --offset 8192 --key-file - $vault
open_as 'river stone'
dd if=/dev/zero of=/dev/mapper/vault bs=1M status=none || :
mkfs.ext4 -q /dev/mapper/vault 7M
mount /dev/mapper/vault /var/mnt
seq --format='Employee %.0f, salary 4200' 2000 > /var/mnt/salaries.txt
closed
dd if=$vault of=/run/vault.start bs=1M count=12 status=none
dd if=$system of=/run/system.start bs=1M count=2 status=none
`;

const fresh = `
swapoff --all
for place in /var/mnt /run/made; do while mountpoint --quiet $place; do umount $place; done; done
udevadm settle
for name in $(dmsetup ls 2> /dev/null | awk '$1 != "root" && $1 != "No" { print $1 }'); do dmsetup remove --retry "$name"; done
losetup --detach-all
rm -rf /root/* /boot/swap /var/swap /run/made
dd if=/run/vault.start of=$vault bs=1M conv=notrunc,fsync status=none
dd if=/run/system.start of=$system bs=1M conv=notrunc,fsync status=none
`;

export const diskSetup: VmCheckSetup = { words, once, fresh };
