// Runs one check script in a machine and reads its verdict. The page has the messages for people.
import { setTimeout as delay } from 'node:timers/promises';
import type { Lab } from '../../labs/read-lab.ts';
import { LabError } from '../errors.ts';
import type { Engine } from '../machines/engine.ts';
import type { BootPhase, CheckResult, VmView } from '../protocol/messages.ts';
import { readCheckScript } from './check-script.ts';

/** A verdict is one line; further lines are for an author who runs the script by hand. */
const maxOutputBytes = 64 * 1024;
/** In characters: a cause and what its message needs; a longer line is not a verdict. */
const longestVerdict = 4_096;
/** More data than any message has placeholders for. */
const maxDataPairs = 20;

/** A prompt reaches the page and the server in different ways: a reader who clicks at once may be ahead of the phase. */
const promptGraceMs = 2_000;
const lookEveryMs = 50;

/** Writes the script to its own file, so that any interpreter works, and leaves nothing behind. */
const runFromStdin = [
  'umask 077',
  'dir=$(mktemp -d /run/lab-check.XXXXXX) || exit 126',
  'trap \'rm -rf "$dir"\' EXIT TERM INT',
  'cat > "$dir/check" && chmod 700 "$dir/check" || exit 126',
  'cd "${HOME:-/root}" 2>/dev/null || cd /',
  '"$dir/check" </dev/null',
].join('\n');

/**
 * @param sandboxId a running sandbox of that lab.
 * @throws {LabError} LAB_ERR_NO_CHECK; LAB_ERR_NOT_READY while a virtual machine is off or boots; LAB_ERR_EXEC when the
 * machine cannot be reached.
 */
export async function runCheck(engine: Engine, sandboxId: string, lab: Lab, check: string): Promise<CheckResult> {
  const spec = lab.file.checks.find(({ id }) => id === check);
  if (spec === undefined) {
    const known = lab.file.checks.map(({ id }) => id).join(', ');
    throw new LabError('LAB_ERR_NO_CHECK', `lab ${lab.id} has no check "${check}", expected one of: ${known}`);
  }
  const machine = spec.machine ?? lab.file.machines[0]!.name;
  if (!lab.file.machines.some(({ name }) => name === machine)) {
    const message = `the check ${check} is for the machine ${machine}, which this session was started without; reset the lab`;
    throw new LabError('LAB_ERR_NO_CHECK', message);
  }
  const script = await readCheckScript(lab, check);
  await requireReady(() => engine.vms(sandboxId)[machine], machine);
  const beganAt = performance.now();
  const result = await engine.exec(sandboxId, {
    machine,
    argv: ['sh', '-c', runFromStdin],
    stdin: script,
    env: { HOME: '/root', LANG: 'C.UTF-8' },
    timeoutMs: spec.timeout * 1_000,
    maxOutputBytes,
  });
  const durationMs = Math.round(performance.now() - beganAt);
  return { check, durationMs, ...verdictOf(result.exitCode, result.stdout, spec.causes) };
}

/** What the reader can do about a machine that is not ready, by phase. */
const todo: Record<Exclude<BootPhase, 'ready'>, string> = {
  firmware: 'wait until it has booted',
  'boot-loader': 'wait until it has booted, or choose an entry at its console',
  kernel: 'wait until it has booted',
  initramfs: 'wait until it has booted',
  unlock: 'unlock it at the console first',
  system: 'wait until its console shows a prompt; Enter there brings one',
};

/**
 * Refuses at once while nothing in the machine could run a script, instead of asking its agent until the time limit.
 * @param look undefined for a container, which is always ready. @throws {LabError} LAB_ERR_NOT_READY
 */
async function requireReady(look: () => VmView | undefined, machine: string): Promise<void> {
  const until = performance.now() + promptGraceMs;
  while (look()?.phase === 'system' && look()?.trouble === undefined && performance.now() < until)
    await delay(lookEveryMs);
  const vm = look();
  if (vm === undefined || vm.phase === 'ready') return;
  const { phase, detail } = vm;
  const found = phase === undefined ? 'is switched off' : `is in the phase "${phase}" of its boot`;
  const more = detail === undefined ? '' : ` (${detail})`;
  const fix = phase === undefined ? 'switch it on, and unlock it if it asks' : todo[phase];
  throw new LabError('LAB_ERR_NOT_READY', `machine ${machine} ${found}${more}, expected a machine that is up: ${fix}`);
}

/**
 * Reads a script's verdict: exit 0 passed; exit 1 with `<cause> [key=value …]` as the first line failed; anything else broken.
 * @param causes those that lab.yaml lists for the script.
 */
export function verdictOf(
  exitCode: number | undefined,
  stdout: string,
  causes: readonly string[],
): Pick<CheckResult, 'outcome' | 'cause' | 'data'> {
  if (exitCode === undefined) return { outcome: 'timed-out', data: {} };
  if (exitCode === 0) return { outcome: 'passed', data: {} };
  const line = firstLine(stdout);
  const words = line.length > longestVerdict ? '' : line.trim();
  const gap = words.search(/\s/);
  const cause = gap < 0 ? words : words.slice(0, gap);
  if (exitCode !== 1 || !causes.includes(cause)) {
    return { outcome: 'broken', data: { exit: String(exitCode), line: line.slice(0, 200) } };
  }
  return { outcome: 'failed', cause, data: readPairs(gap < 0 ? '' : words.slice(gap)) };
}

/** Does not copy the whole output: a script may print only newlines. */
function firstLine(stdout: string): string {
  const end = stdout.indexOf('\n');
  return stdout.slice(0, end < 0 ? longestVerdict + 1 : Math.min(end, longestVerdict + 1));
}

/**
 * Reads word by word. Each expression is tried at a single place and can match in only one way, so that the cost is
 * proportional to the line's length: root in the machine may have written anything.
 */
function readPairs(text: string): Record<string, string> {
  const pair = /\s*([a-z][a-z0-9-]*)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/y;
  const word = /\s*\S+/y;
  const data: Record<string, string> = {};
  for (let at = 0, pairs = 0; at < text.length && pairs < maxDataPairs;) {
    pair.lastIndex = word.lastIndex = at;
    const found = pair.exec(text);
    if (found !== null) {
      const [, key = '', quoted, plain = ''] = found;
      data[key] = quoted?.replace(/\\(.)/g, '$1') ?? plain;
      at = pair.lastIndex;
      pairs += 1;
    } else if (word.test(text)) at = word.lastIndex;
    else break;
  }
  return data;
}
