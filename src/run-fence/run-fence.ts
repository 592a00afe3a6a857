// Turns a fence and its page into what the page's markup and the lesson runner need, or says what is wrong and where.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { maxCommandBytes } from '../../server/protocol/limits.ts';
import type { LessonPage } from './lesson-page.ts';
import { RunFenceError, type FencePlace } from './run-fence-error.ts';
import { readRunOptions, type RunOptions } from './run-fence-options.ts';

/** Language of a fence whose text is typed as keys: an answer to a passphrase prompt, a choice in a menu. */
export const keysLanguage = 'keys';

/** A fence that shows a lab's file, or types a command into a machine, or both. */
export interface RunFence {
  /** The text to show. */
  code: string;
  /** Path of the lab's file, for a fence that only shows one. */
  shownFile?: string;
  /** Absent if the fence only shows a file. */
  run?: {
    /** `<lesson>#<id>`. */
    block: string;
    machine: string;
    command: string;
    exit: number;
    timeoutSeconds: number;
    put?: string;
    /** The command is typed as keys, to answer a program that asks. */
    keys?: true;
    /** Plain text at which the block is done. */
    until?: string;
  };
}

export interface FenceText {
  code: string;
  language: string;
  meta: string;
}

/**
 * @param ordinal which of the page's fences with the same machine and command this is, counted from 1.
 * @returns undefined for a fence that is only shown.
 * @throws {RunFenceError}
 */
export function resolveRunFence(
  root: string,
  page: LessonPage,
  fence: FenceText,
  place: FencePlace,
  ordinal: number,
): RunFence | undefined {
  const { options, problems } = readRunOptions(fence.meta);
  if (problems.length > 0) throw new RunFenceError(place, problems.join('; '));
  if (!options) return undefined;
  const code =
    options.file === undefined ? fence.code.replace(/\n+$/, '') : readLabFile(root, options.file, fence, place);
  if (options.file !== undefined && options.put === undefined) return { code, shownFile: options.file };
  const machine = chooseMachine(options, page, place);
  const command =
    options.put === undefined
      ? code
      : putCommand(root, options, page.lab?.vms?.includes(machine) === true ? code : undefined);
  checkCommand(command, place);
  const isKeys = fence.language === keysLanguage;
  if (isKeys) checkKeys(options, command, place);
  if (options.id !== undefined) checkUniqueId(page, options.id, place);
  const id = options.id ?? `${fenceHash(machine, command)}${ordinal > 1 ? `-${ordinal}` : ''}`;
  const { exit, timeout: timeoutSeconds, put, until } = options;
  const run = {
    block: `${page.slug}#${id}`,
    machine,
    command,
    exit,
    timeoutSeconds,
    ...(put === undefined ? {} : { put }),
    ...(isKeys ? { keys: true as const } : {}),
    ...(until === undefined ? {} : { until }),
  };
  return { code, run };
}

function chooseMachine(options: RunOptions, page: LessonPage, place: FencePlace): string {
  if (!page.lab) {
    throw new RunFenceError(
      place,
      'found a run block on a page without a lab, expected `type: lesson` and `lab:` in the frontmatter',
    );
  }
  const { name, machines } = page.lab;
  const machine = options.machine ?? machines[0];
  if (machine === undefined || !machines.includes(machine)) {
    const valid = machines.join(', ') || 'none: labs/' + name + '/lab.yaml lists no machines';
    throw new RunFenceError(place, `found machine=${machine ?? ''}, expected a machine of the lab ${name}: ${valid}`);
  }
  return machine;
}

function checkUniqueId(page: LessonPage, id: string, place: FencePlace): void {
  const lines = page.fences.filter(({ meta }) => readRunOptions(meta).options?.id === id).map(({ line }) => line);
  if (lines.length > 1)
    throw new RunFenceError(
      place,
      `found id=${id} twice, in lines ${lines.join(' and ')}, expected each id once on a page`,
    );
}

function checkCommand(command: string, place: FencePlace): void {
  if (command.trim() === '') throw new RunFenceError(place, 'found an empty run block, expected a command');
  const bytes = Buffer.byteLength(command);
  if (bytes > maxCommandBytes)
    throw new RunFenceError(place, `found a command of ${bytes} bytes, expected at most ${maxCommandBytes}`);
  // A terminal would obey such characters: ESC could end the bracketed paste, and ^C and ^D would act at once.
  const control = /[\u0000-\u0008\u000b-\u001f\u007f]/.exec(command);
  if (control) {
    const code = control[0].charCodeAt(0).toString(16).padStart(4, '0');
    throw new RunFenceError(
      place,
      `found the control character U+${code} in a command, expected printable text, tabs and line breaks`,
    );
  }
}

/** A block of keys answers one question; a second line would be typed before the next question is asked. */
function checkKeys(options: RunOptions, keys: string, place: FencePlace): void {
  if (!options.run) throw new RunFenceError(place, `found a fence ${keysLanguage} without run, expected both`);
  if (/[\n\t]/.test(keys))
    throw new RunFenceError(
      place,
      `found a tab or a second line in a fence ${keysLanguage}, expected one line: a block for each answer`,
    );
}

function labFilePath(root: string, file: string): string {
  const [lab = '', ...rest] = file.split('/');
  return path.join(root, 'labs', lab, 'files', ...rest);
}

function readLabFile(root: string, file: string, fence: FenceText, place: FencePlace): string {
  if (fence.code.trim() !== '') {
    throw new RunFenceError(
      place,
      `found text in the body of a fence with file=${file}, expected an empty body: the text comes from the file`,
    );
  }
  const absolute = labFilePath(root, file);
  if (!existsSync(absolute) || !statSync(absolute).isFile()) {
    const expected = path.relative(root, absolute).split(path.sep).join('/');
    throw new RunFenceError(place, `found file=${file}, expected the file ${expected} to exist`);
  }
  return readFileSync(absolute, 'utf8').replace(/\n+$/, '');
}

/** A virtual machine does not see the lab's files: the text is typed as a here-document, whose delimiter occurs in no file of a lab. */
function putCommand(root: string, options: RunOptions, text: string | undefined): string {
  if (text === undefined) return installCommand(root, options);
  const { file = '', put = '' } = options;
  const isExecutable = (statSync(labFilePath(root, file)).mode & 0o100) !== 0;
  return [`cat > ${put} <<'END-OF-FILE'`, text, 'END-OF-FILE', ...(isExecutable ? [`chmod 755 ${put}`] : [])].join(
    '\n',
  );
}

/** Machines have the lab's files under /usr/share/lab/files; an executable one stays executable. */
function installCommand(root: string, { file = '', put = '' }: RunOptions): string {
  const isExecutable = (statSync(labFilePath(root, file)).mode & 0o100) !== 0;
  const name = file.slice(file.indexOf('/') + 1);
  return `install -D -m ${isExecutable ? '755' : '644'} /usr/share/lab/files/${name} ${put}`;
}

/** Stable name of a block without `id=`: eight hexadecimal digits. */
export function fenceHash(machine: string, command: string): string {
  return createHash('sha256').update(`${machine}\0${command}`).digest('hex').slice(0, 8);
}
