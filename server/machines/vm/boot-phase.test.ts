// Phases and troubles, from the output of real machines: OVMF, shim, GRUB, the kernel and systemd of Debian 13 on a serial console.
import { describe, expect, test } from 'vitest';
import { BootTracker, menuWaitsAfterMs, stuckAfterMs } from './boot-phase.ts';

const firmware =
  '\u001b[2J\u001b[01;01H\u001b[=3h\u001b[2J\u001b[01;01HBdsDxe: loading Boot0001 "UEFI Misc Device" from PciRoot(0x0)/Pci(0x2,0x0)\r\n' +
  'BdsDxe: starting Boot0001 "UEFI Misc Device" from PciRoot(0x0)/Pci(0x2,0x0)\r\n';
const grub = "Welcome to GRUB!\r\n\r\n\u001b[H\u001b[J\u001b[1;1H  Booting `Debian'\r\n\r\nLoading Linux 6.12 ...\r\n";
const stub =
  '\u001b[H\u001b[J\u001b[1;1HEFI stub: Loaded initrd from LINUX_EFI_INITRD_MEDIA_GUID device path\r\n' +
  'EFI stub: Measured initrd data into PCR 9\r\nEFI stub: UEFI Secure Boot is enabled.\r\n';
const initrd =
  '\u001b[!p\u001b]104\u0007\u001b[?7h\u001b[0;1;39mBooting initrd of \u001b[0m\u001b[0;34mdracut\u001b[0m\u001b[0;1;39m.\u001b[0m\r\r\n' +
  '[\u001b[0;32m  OK  \u001b[0m] Created slice \u001b[0;1;39msystem-systemd\\x2dcr…\u001b[0m- Slice /system/systemd-cryptsetup.\r\r\n' +
  '[\u001b[0;32m  OK  \u001b[0m] Started \u001b[0;1;39msystemd-ask-password-conso…\u001b[0mequests to Console Directory Watch.\r\r\n';
const passphrase = '\u001b[0;1;39mPlease enter passphrase for disk root: (press TAB for no echo) \u001b[0m';
const system =
  '\r\r\nWelcome to \u001b[1mDebian GNU/Linux 13 (trixie)\u001b[0m!\r\r\n[  OK  ] Reached target Local File Systems.\r\r\n';
const prompt = '\u001b]133;D;0\u0007\u001b]133;A\u001b\\root@desktop:~# \u001b]133;B\u001b\\';
const shimBox =
  '\u001b[0m\u001b[37m\u001b[44m\u001b[01;01H┌──────────┐\u001b[02;01H│   ERROR   │\u001b[04;01H' +
  '│      Verification failed: (0x1A) Security Violation      │\u001b[05;01H│          │';

function tracker() {
  const boot = new BootTracker(0);
  let now = 0;
  return {
    boot,
    /** Prints each text a second after the one before. */
    prints(...texts: string[]) {
      for (const text of texts) boot.console(Buffer.from(text), (now += 1_000));
      return boot.state;
    },
  };
}

test('a boot with Secure Boot and an encrypted disk, from firmware to prompt', () => {
  const { boot, prints } = tracker();
  expect(boot.state).toEqual({ power: 'on', phase: 'firmware', since: 0 });
  expect(prints(firmware).phase).toBe('firmware');
  expect(prints(grub).phase).toBe('boot-loader');
  expect(prints(stub).phase).toBe('kernel');
  expect(prints(initrd).phase).toBe('initramfs');
  expect(prints(passphrase)).toEqual({ power: 'on', phase: 'unlock', since: 5_000 });
  expect(prints('*', '*').phase).toBe('unlock');
  expect(prints('*\r\n').phase).toBe('initramfs');
  expect(prints(system).phase).toBe('system');
  expect(prints(prompt)).toEqual({ power: 'on', phase: 'ready', since: 10_000 });
});

test('the same byte by byte, with escape sequences and characters cut anywhere', () => {
  const { boot } = tracker();
  const phases: (string | undefined)[] = [];
  const text = firmware + grub + stub + initrd + passphrase + '***\r\n' + system + prompt;
  for (const byte of Buffer.from(text)) {
    boot.console(Uint8Array.of(byte), 0);
    if (boot.state.phase !== phases.at(-1)) phases.push(boot.state.phase);
  }
  expect(phases).toEqual(['firmware', 'boot-loader', 'kernel', 'initramfs', 'unlock', 'initramfs', 'system', 'ready']);
  expect(boot.state.trouble).toBeUndefined();
});

test.each([
  'Please enter recovery key for disk root: ',
  'Please enter TPM2 PIN: (press TAB for no echo) ',
  'Please enter LUKS2 token PIN: ',
  'Please enter security token PIN: ',
  "Please enter PIN for security token 'x' in order to unlock root: ",
  '👆 Please confirm presence on security token to unlock.\r\n',
])('waits for a person: %s', (question) => {
  expect(tracker().prints(initrd, question).phase).toBe('unlock');
});

test('a status line between question and answer does not count as the answer; a wrong passphrase is asked for again', () => {
  const { prints } = tracker();
  expect(prints(initrd, passphrase, '\r\n[\u001b[0;32m  OK  \u001b[0m] Reached target x.\r\n').phase).toBe('initramfs');
  expect(prints(passphrase, '[  OK  ] Reached target y.\r\n').phase).toBe('unlock');
  expect(prints('****\r\n', passphrase).phase).toBe('unlock');
});

test('a quiet boot shows nothing of its kernel but complaints', () => {
  const complaint = '\r\n\r\n[    0.020000] ..MP-BIOS bug: 8254 timer not connected to IO-APIC\r\n';
  expect(tracker().prints(firmware, grub, complaint)).toMatchObject({ phase: 'kernel' });
  expect(tracker().prints(passphrase, complaint.trimStart())).toMatchObject({ phase: 'unlock' });
  const systemd = '\u001b[!p\u001b]104\u0007\u001b[?7h';
  const { prints } = tracker();
  expect(prints(firmware, grub, complaint, systemd).phase).toBe('initramfs');
  expect(prints(passphrase).phase).toBe('unlock');
  expect(prints('***\r\n', systemd.slice(0, 3)).phase).toBe('initramfs');
  expect(prints(systemd.slice(3)).phase).toBe('system');
  expect(tracker().prints(grub + systemd + complaint + systemd).phase).toBe('system');
});

test('a boot menu without a countdown waits for a person, until an entry is booted', () => {
  const { boot, prints } = tracker();
  const menu =
    '\u001b[2;30HGNU GRUB  version 2.12-9\u001b[5;3H*Debian GNU/Linux 13 (trixie) (ostree:0)' +
    '\u001b[22;3H   The highlighted entry will be executed automatically in 1s.                 ';
  prints(firmware, 'Welcome to GRUB!\r\n');
  boot.silent(menuWaitsAfterMs);
  expect(boot.state).not.toHaveProperty('waitsAtMenu');
  prints(menu);
  boot.silent(menuWaitsAfterMs - 1);
  expect(boot.state).not.toHaveProperty('waitsAtMenu');
  boot.silent(menuWaitsAfterMs);
  expect(boot.state).toMatchObject({ phase: 'boot-loader', waitsAtMenu: true });
  boot.silent(stuckAfterMs);
  expect(boot.state).not.toHaveProperty('trouble');
  prints("\u001b[H\u001b[J\u001b[1;1H  Booting `Debian GNU/Linux 13 (trixie) (ostree:0)'\r\n\r\n");
  expect(boot.state).toEqual({ power: 'on', phase: 'boot-loader', since: 2_000 });
  boot.silent(menuWaitsAfterMs);
  expect(boot.state).not.toHaveProperty('waitsAtMenu');
});

test('a system that is up goes down, or does not after all; the next boot begins without that state', () => {
  const { boot, prints } = tracker();
  boot.goesDown(true);
  expect(boot.state).not.toHaveProperty('goesDown');
  prints(prompt);
  boot.goesDown(true);
  expect(boot.state).toMatchObject({ phase: 'ready', since: 1_000, goesDown: true });
  boot.goesDown(false);
  expect(boot.state).not.toHaveProperty('goesDown');
  boot.goesDown(true);
  boot.event('RESET', {}, 9_000);
  expect(boot.state).toEqual({ power: 'on', phase: 'firmware', since: 9_000 });
});

test('a login prompt means that the system is up', () => {
  expect(tracker().prints(system, '\r\nDebian GNU/Linux 13 desktop ttyS0\r\n\r\ndesktop login: ').phase).toBe('ready');
});

describe('troubles', () => {
  test('shim refuses an unsigned boot loader in its blue box', () => {
    expect(tracker().prints(firmware, shimBox)).toMatchObject({
      phase: 'firmware',
      trouble: 'no-boot',
      detail: 'Verification failed: (0x1A) Security Violation',
    });
  });

  test.each([
    ['BdsDxe: No bootable option or device was found.\r\nBdsDxe: Press any key to enter the Boot Manager Menu.\r\n'],
    ['BdsDxe: failed to load Boot0001 "UEFI Misc Device" from PciRoot(0x0)/Pci(0x2,0x0): Access Denied\r\n'],
    ['UEFI Interactive Shell v2.2\r\nEDK II\r\n'],
    ['Booting from Hard Disk...\r\nBoot failed: not a bootable disk\r\n\r\nNo bootable device.\r\n'],
    ['error: no such device.\r\nEntering rescue mode...\r\ngrub rescue> '],
  ])('nothing boots: %s', (text) => {
    expect(tracker().prints(firmware, text).trouble).toBe('no-boot');
  });

  test('the firmware’s next choice boots after all', () => {
    const { prints } = tracker();
    expect(prints('BdsDxe: failed to load Boot0002 "UEFI PXEv4": Access Denied\r\n').trouble).toBe('no-boot');
    expect(prints(grub).trouble).toBeUndefined();
  });

  test('emergency mode', () => {
    const text = 'You are in emergency mode. After logging in, type "journalctl -xb" to view\r\nsystem logs.\r\n';
    expect(tracker().prints(system, text)).toMatchObject({ phase: 'system', trouble: 'emergency' });
  });

  test('a kernel panic, during a boot and in a running system, but not one that a reader prints', () => {
    const panic = '[   12.345678] Kernel panic - not syncing: sysrq triggered crash\r\n';
    expect(tracker().prints(stub, 'Kernel panic - not syncing: VFS: Unable to mount root fs\r\n').trouble).toBe(
      'panic',
    );
    expect(
      tracker().prints(prompt, 'Kernel panic - not syncing: nothing\r\nYou are in emergency mode\r\n').trouble,
    ).toBeUndefined();
    expect(tracker().prints(prompt, panic)).toMatchObject({
      trouble: 'panic',
      detail: '[   12.345678] Kernel panic - not syncing: sysrq triggered crash',
    });
  });

  test('silence in a phase that should move is trouble, but not while a person is waited for, and not once the boot goes on', () => {
    const { boot, prints } = tracker();
    prints(stub);
    boot.silent(stuckAfterMs - 1);
    expect(boot.state.trouble).toBeUndefined();
    boot.silent(stuckAfterMs);
    expect(boot.state).toMatchObject({ phase: 'kernel', trouble: 'stuck' });
    expect(prints(initrd).trouble).toBeUndefined();
    prints(passphrase);
    boot.silent(100 * stuckAfterMs);
    expect(boot.state).toMatchObject({ phase: 'unlock' });
    expect(boot.state.trouble).toBeUndefined();
  });
});

describe('events of QEMU', () => {
  test('power off, on again, reset', () => {
    const { boot, prints } = tracker();
    prints(prompt);
    boot.event('SHUTDOWN', { guest: true, reason: 'guest-shutdown' }, 5_000);
    expect(boot.state).toEqual({ power: 'off', since: 5_000 });
    prints('[  100.0] reboot: Power down\r\n');
    expect(boot.state.power).toBe('off');
    boot.event('RESET', { guest: false, reason: 'host-qmp-system-reset' }, 9_000);
    expect(boot.state).toEqual({ power: 'on', phase: 'firmware', since: 9_000 });
    prints(prompt);
    boot.event('RESET', { guest: true, reason: 'guest-reset' }, 12_000);
    expect(boot.state).toEqual({ power: 'on', phase: 'firmware', since: 12_000 });
  });

  test('what the host does to QEMU is not a power-off', () => {
    const { boot } = tracker();
    boot.event('SHUTDOWN', { guest: false, reason: 'host-signal' }, 1);
    expect(boot.state.power).toBe('on');
  });

  test('panic by pvpanic, a full disk, other errors of a disk', () => {
    const { boot } = tracker();
    boot.event('BLOCK_IO_ERROR', { nospace: false, action: 'report' }, 1);
    expect(boot.state.trouble).toBeUndefined();
    boot.event('BLOCK_IO_ERROR', { nospace: true, action: 'stop' }, 1);
    expect(boot.state.trouble).toBe('disk-full');
    boot.event('RESET', {}, 2);
    boot.event('GUEST_PANICKED', { action: 'pause' }, 3);
    expect(boot.state.trouble).toBe('panic');
  });
});

test('a machine restored from a template is ready; any text corrects a phase that is a guess', () => {
  const restored = tracker().boot;
  restored.resumed('ready', 7);
  expect(restored.state).toEqual({ power: 'on', phase: 'ready', since: 7 });
  const { boot, prints } = tracker();
  boot.resumed('system', 1, true);
  boot.silent(stuckAfterMs * 2);
  expect(boot.state.trouble).toBeUndefined();
  expect(prints(passphrase).phase).toBe('unlock');
});

describe('anybody at the console may print anything', () => {
  /** At most one second on an idle host; reading everything again and again took hours. */
  const timeoutMs = 8_000;
  const bytes = 100 * 1024;
  test.each([
    ['questions without an end', [initrd], 'Please enter PIN '],
    ['questions and answers', [initrd, passphrase], 'Please enter PIN: (a)(b)*** x'],
    ['lines of questions', [initrd], 'Please enter passphrase PIN security\n'],
    ['a firmware’s failures', [firmware], 'BdsDxe: failed to load Access Denie'],
    ['boxes', [firmware], 'bad shim signatur '],
    ['stamps', [stub], '[    1.00000'],
    ['greetings', [initrd], 'Welcome to '],
    ['resets of the terminal', [prompt], '\u001b[!p'],
    ['sequences without an end', [system], '\u001b]104;'],
    ['prompts', [grub], `${prompt}\u001b]133;A`],
    ['panics in a machine that is up', [prompt], 'Kernel panic - not syncing [ 1.0'],
    ['a file of nothing', [grub], '\u0000\u001b'],
  ])(
    '%s',
    (_name, before, text) => {
      const { boot, prints } = tracker();
      prints(...before);
      const flood = Buffer.from(text.repeat(Math.ceil(bytes / text.length)));
      for (let at = 0; at < flood.length; at += 16) boot.console(flood.subarray(at, at + 16), 10_000);
      expect(boot.state.power).toBe('on');
    },
    timeoutMs,
  );

  test('a question is found after text that is longer than a line, and a prompt even where it is cut', () => {
    expect(tracker().prints(initrd, `${'x'.repeat(100_000)}\r\n`, passphrase).phase).toBe('unlock');
    for (const length of [298, 299, 300, 301]) {
      expect(tracker().prints(system, 'x'.repeat(length) + prompt).phase).toBe('ready');
    }
  });
});
