// Makes a guest's memory small before it is saved: caches dropped, free pages wiped to nothing. A script for the guest.

/**
 * Free memory holds what was in it last. A file in memory that takes nearly all of it is written with zeros and removed:
 * afterwards free pages are zeros, which the saved file does not store. 48 MiB stay, or the kernel would start to kill.
 */
export const shrinkScript = `set -eu
sync
fstrim --all 2> /dev/null || echo 'no file system can be trimmed'
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
 * What the reader's first keys, clicks and the page's window need: run once, so that it is in the page cache again, and what is
 * asked once a boot is known. Then what would end by itself in each clone's first minute ends here, and the screen's cursor
 * stands still: a blink is work for every clone, five times a second.
 */
export const warmScript = `set -u
/usr/lib/lab/window > /run/lab-warm.log 2>&1
stty -F /dev/ttyS0 size > /dev/null
cat /usr/bin/ls /usr/bin/cat /usr/bin/head /usr/bin/timeout /usr/bin/env /usr/bin/systemctl > /dev/null 2>&1
systemctl stop systemd-hostnamed.service > /run/lab-warm.log 2>&1
[ ! -e /sys/class/graphics/fbcon/cursor_blink ] || echo 0 > /sys/class/graphics/fbcon/cursor_blink
rm /run/lab-warm.log
`;
