// Makes a guest's memory small before it is saved: caches dropped, free pages wiped to nothing. A script for the guest.

/**
 * Free memory holds what was in it last. A file in memory that takes nearly all of it is written with zeros and removed:
 * afterwards free pages are zeros, which the saved file does not store. 48 MiB stay, or the kernel would start to kill.
 */
export const shrinkScript = `set -eu
sync
fstrim --all 2> /dev/null || true
journalctl --quiet --sync 2> /dev/null || true
echo 3 > /proc/sys/vm/drop_caches
mkdir -p /run/lab/wipe
mount -t tmpfs -o size=100% none /run/lab/wipe
free=$(($(sed -n 's/^MemAvailable: *\\([0-9]*\\) kB$/\\1/p' /proc/meminfo) / 1024 - 48))
[ "$free" -le 0 ] || head -c "\${free}M" /dev/zero > /run/lab/wipe/zero || true
umount /run/lab/wipe
rmdir /run/lab/wipe
`;

/** What the reader's first keys and clicks will need, read again into the page cache. */
export const warmScript = `set -u
cat /usr/lib/lab/* /usr/bin/bash /usr/bin/ls /usr/bin/cat /usr/bin/systemctl > /dev/null 2>&1
ls / > /dev/null
`;
