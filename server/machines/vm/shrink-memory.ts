// Makes a guest's memory small before it is saved: drops caches and wipes free pages. A script for the guest.

/**
 * Free memory keeps its last content. A file of zeros that takes nearly all of it is written and removed: after that, free
 * pages are zeros, which the saved file does not store. 48 MiB stay free, or the kernel would start to kill processes.
 */
export const shrinkScript = `set -eu
sync
fstrim --all 2> /dev/null || echo 'found no file system that can be trimmed'
journalctl --quiet --sync || echo 'no journal'
echo 3 > /proc/sys/vm/drop_caches
mkdir -p /run/lab/wipe
mount -t tmpfs -o size=100% none /run/lab/wipe
free=$(($(sed -n 's/^MemAvailable: *\\([0-9]*\\) kB$/\\1/p' /proc/meminfo) / 1024 - 48))
[ "$free" -le 0 ] || head -c "\${free}M" /dev/zero > /run/lab/wipe/zero || echo 'less was free than said'
umount /run/lab/wipe
rmdir /run/lab/wipe
`;

/**
 * Runs once what the reader's first keys, clicks and the page's window need, so that it is back in the page cache and what is
 * looked up once per boot is known. Then stops what would end by itself in each clone's first minute, and the blinking of the
 * screen's cursor, which is work for every clone five times a second.
 */
export const warmScript = `set -u
/usr/lib/lab/window > /run/lab-warm.log 2>&1
stty -F /dev/ttyS0 size > /dev/null
cat /usr/bin/ls /usr/bin/cat /usr/bin/head /usr/bin/timeout /usr/bin/env /usr/bin/systemctl > /dev/null 2>&1
systemctl stop systemd-hostnamed.service > /run/lab-warm.log 2>&1
[ ! -e /sys/class/graphics/fbcon/cursor_blink ] || echo 0 > /sys/class/graphics/fbcon/cursor_blink
rm /run/lab-warm.log
`;
