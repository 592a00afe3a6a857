// Which console lines show a boot's phases and troubles. Pure, and linear in the line's length: a guest may print anything.
import type { BootPhase, VmTrouble } from '../../protocol/messages.ts';
import { promptMark } from './console-text.ts';

/** Where a phase's text ends in a line; below 0 when the line has none. */
type FindEnd = (line: string) => number;

/** Expressions begin with `^` and can match a text in only one way, so the cost of a line is proportional to its length. */
function endOf(line: string, expression: RegExp): number {
  return expression.exec(line)?.[0].length ?? -1;
}

function endOfText(line: string, text: string): number {
  const at = line.lastIndexOf(text);
  return at < 0 ? -1 : at + text.length;
}

const questions = ['Please enter ', 'Please confirm presence', 'Please verify user'];
const subjects = ['passphrase', 'recovery key', 'PIN', 'security'];

/** The end of the line's last question for a secret or a touch. */
function endOfQuestion(line: string): number {
  const start = Math.max(...questions.map((text) => endOfText(line, text)));
  if (start < 0) return -1;
  const ends = subjects.flatMap((text) => {
    const at = line.indexOf(text, start);
    return at < 0 ? [] : [at + text.length];
  });
  if (ends.length === 0) return -1;
  const end = line.slice(Math.min(...ends)).search(/[:.]/);
  return end < 0 ? -1 : Math.min(...ends) + end + 1;
}

/** The greeting that systemd prints; GRUB's belongs to another phase. */
function endOfWelcome(line: string): number {
  const isSystem = line.startsWith('Welcome to ') && !line.startsWith('Welcome to GRUB');
  return isSystem ? endOfText(line, '!') : -1;
}

/** Texts that begin a phase. The last one in a line counts. */
export const phaseTexts: readonly (readonly [BootPhase, FindEnd])[] = [
  [
    'firmware',
    (line) => endOf(line, /^(?:BdsDxe: (?:loading|starting) Boot[0-9A-F]{4}|SeaBIOS \(version|Booting from )/),
  ],
  [
    'boot-loader',
    (line) =>
      Math.max(
        endOfText(line, 'Welcome to GRUB!'),
        endOfText(line, 'GNU GRUB  version'),
        endOf(line, /^(?: *Booting `|Loading (?:Linux|initial ramdisk))/),
      ),
  ],
  ['kernel', (line) => endOf(line, /^(?:EFI stub: |Linux version \d|\[ *\d+\.\d{6}\] )/)],
  [
    'initramfs',
    (line) => Math.max(endOf(line, /^Booting initrd of /), endOfText(line, 'systemd[1]: Running in initrd')),
  ],
  ['unlock', endOfQuestion],
  ['system', (line) => Math.max(endOfText(line, 'systemd[1]: Switching root'), endOfWelcome(line))],
  ['ready', (line) => Math.max(endOfText(line, promptMark), endOf(line, /^[a-z0-9-]+ login: *$/))],
];

/** After a question: only key presses or their asterisks, so that the end of the line is an Enter. */
const answer = /^(?:[ *•]|\([^()]*\))*$/;

/** @param line a complete line @param questionEnd where its question ends, according to `phaseTexts` */
export function isAnswered(line: string, questionEnd: number): boolean {
  // A request for a touch ends with a full stop, and its line ends right there.
  return line[questionEnd - 1] === ':' && answer.test(line.slice(questionEnd));
}

/** GRUB draws its menu, or counts down below it. */
export function showsMenu(line: string): boolean {
  return line.includes('GNU GRUB  version') || line.includes('will be executed automatically in ');
}

/** GRUB boots an entry of its menu. */
export function leavesMenu(line: string): boolean {
  return /^ *Booting `/.test(line);
}

const panicText = 'Kernel panic - not syncing';
const emergencyTexts = [
  'You are in emergency mode',
  'Entering emergency mode',
  'Cannot open access to console, the root account is locked',
];
const refusals = ['Security Violation', 'Security Policy Violation', 'bad shim signature'];
const noBootStarts = ['BdsDxe: No bootable option', 'No bootable device', 'grub> ', 'grub rescue> '];

/** The trouble that a line reports, and the part of the line that says so. */
export function troubleIn(line: string): { trouble: VmTrouble; detail: string } | undefined {
  const panic = line.indexOf(panicText);
  if (panic >= 0) return { trouble: 'panic', detail: kernelLine(line, panic) ?? line.slice(panic) };
  const emergency = emergencyTexts.map((text) => line.indexOf(text)).find((at) => at >= 0);
  if (emergency !== undefined) return { trouble: 'emergency', detail: line.slice(emergency) };
  if (line.startsWith('Press Enter for maintenance')) return { trouble: 'emergency', detail: line };
  if (isNoBoot(line)) return { trouble: 'no-boot', detail: line };
  const shell = line.indexOf('UEFI Interactive Shell');
  return shell < 0 ? undefined : { trouble: 'no-boot', detail: line.slice(shell) };
}

/** In a running system only the kernel's own line is believed: anybody who is logged in may print anything. */
export function panicWhenUp(line: string): { trouble: VmTrouble; detail: string } | undefined {
  const at = line.indexOf(panicText);
  const detail = at < 0 ? undefined : kernelLine(line, at);
  return detail === undefined ? undefined : { trouble: 'panic', detail };
}

/** The line from the kernel's timestamp on, if there is one right before a text in it. */
function kernelLine(line: string, at: number): string | undefined {
  const stamp = line.lastIndexOf('[', at);
  return stamp >= 0 && /^\[ *\d+\.\d+\] $/.test(line.slice(stamp, at)) ? line.slice(stamp) : undefined;
}

function isNoBoot(line: string): boolean {
  if (noBootStarts.some((text) => line.startsWith(text)) || refusals.some((text) => line.includes(text))) return true;
  return /^BdsDxe: failed to (?:load|start) /.test(line) && line.includes('Access Denied');
}
