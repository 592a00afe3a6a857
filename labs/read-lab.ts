// Reads labs/<lab>/lab.yaml and says what is wrong with file, line and column. Knows nothing of sessions or engines.
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { labSchema, type LabFile } from './lab-schema.ts';

/** A lab that may be started: its name is its folder's. */
export interface Lab {
  id: string;
  /** The lab's folder. */
  dir: string;
  /** `files/` of the lab, offered read-only in each machine; absent when the lab has none. */
  filesDir?: string;
  file: LabFile;
}

/** One or more mistakes in a lab file, each as `file:line:column: message`. */
export class LabFileError extends Error {
  override name = 'LabFileError';
  readonly mistakes: string[];

  constructor(mistakes: string[]) {
    super(mistakes.join('\n'));
    this.mistakes = mistakes;
  }
}

type Path = readonly PropertyKey[];

/**
 * Reads one lab.
 * @param dir the lab's folder, for example `labs/build-image`; images are looked for beside it in `images/`.
 * @throws {LabFileError} with every mistake found.
 */
export function readLab(dir: string): Lab {
  const path = join(dir, 'lab.yaml');
  const lines = new LineCounter();
  const document = parseDocument(readText(path), { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    throw new LabFileError(document.errors.map((error) => `${at(error.pos[0])}: ${error.message}`));
  }
  const parsed = labSchema.safeParse(document.toJS());
  if (!parsed.success) {
    throw new LabFileError(parsed.error.issues.flatMap((issue) => describeIssue(issue, document, at)));
  }
  const mistakes = findMistakes(parsed.data, dir).map(
    ([where, message]) => `${at(offsetOf(document, where))}: ${message}`,
  );
  if (mistakes.length > 0) throw new LabFileError(mistakes);
  const filesDir = join(dir, 'files');
  return { id: basename(dir), dir, file: parsed.data, ...(existsSync(filesDir) ? { filesDir } : {}) };
}

/** Reads every lab under `labsDir`. A broken one does not hide the others. */
export function readLabs(labsDir: string): { labs: Lab[]; broken: { id: string; error: LabFileError }[] } {
  const labs: Lab[] = [];
  const broken: { id: string; error: LabFileError }[] = [];
  for (const id of labIds(labsDir)) {
    try {
      labs.push(readLab(join(labsDir, id)));
    } catch (error) {
      broken.push({ id, error: asLabFileError(join(labsDir, id), error) });
    }
  }
  return { labs, broken };
}

/** Names of the labs under `labsDir`, in order; none while the folder is not there. */
export function labIds(labsDir: string): string[] {
  const names = existsSync(labsDir) ? readdirSync(labsDir) : [];
  return names.filter((id) => existsSync(join(labsDir, id, 'lab.yaml'))).toSorted();
}

/** Whatever else goes wrong while a lab is read, such as a file being removed meanwhile, concerns only that lab. */
export function asLabFileError(dir: string, error: unknown): LabFileError {
  if (error instanceof LabFileError) return error;
  return new LabFileError([`${dir}: cannot be read (${error instanceof Error ? error.message : String(error)})`]);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new LabFileError([`${path}: cannot be read (${cause instanceof Error ? cause.message : String(cause)})`]);
  }
}

interface Issue {
  code?: string;
  path: Path;
  message: string;
  keys?: string[];
}

function describeIssue(issue: Issue, document: Document, at: (offset: number) => string): string[] {
  const where = issue.path.length === 0 ? 'the file' : `\`${issue.path.map(String).join('.')}\``;
  if (issue.code === 'unrecognized_keys' && issue.keys !== undefined) {
    return issue.keys.map(
      (key) =>
        `${at(offsetOfKey(document, issue.path, key))}: unknown key \`${key}\` in ${where}; remove it or see the lab reference for the known ones`,
    );
  }
  return [`${at(offsetOf(document, issue.path))}: ${where}: ${issue.message}`];
}

/** Where a value starts; for an absent value, where the mapping starts that lacks it. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function offsetOfKey(document: Document, path: Path, key: string): number {
  const map = path.length === 0 ? document.contents : document.getIn(path, true);
  if (isMap(map)) {
    for (const pair of map.items) {
      if (isScalar(pair.key) && pair.key.value === key && pair.key.range) return pair.key.range[0];
    }
  }
  return offsetOf(document, path);
}

/** What the schema cannot see: names that must exist elsewhere in the file or on disk. */
function findMistakes(lab: LabFile, dir: string): [Path, string][] {
  const mistakes: [Path, string][] = [];
  const machines = new Set(lab.machines.map((machine) => machine.name));
  const known = `known machines: ${[...machines].join(', ')}`;
  const seenMachines = new Set<string>();
  lab.machines.forEach((machine, index) => {
    if (seenMachines.has(machine.name))
      mistakes.push([
        ['machines', index, 'name'],
        `machine \`${machine.name}\` is there twice; each needs a name of its own`,
      ]);
    seenMachines.add(machine.name);
    const where = ['machines', index];
    if (machine.type === 'container') mistakes.push(...missingImage(dir, machine.image, [...where, 'image']));
    else mistakes.push(...vmMistakes(machine, dir, where));
  });
  lab.terminals.forEach((terminal, index) => {
    if (!machines.has(terminal.machine))
      mistakes.push([['terminals', index, 'machine'], `unknown machine \`${terminal.machine}\`; ${known}`]);
  });
  if (lab.terminals.length > lab.maxTerminals)
    mistakes.push([['terminals'], `${lab.terminals.length} terminals, but maxTerminals is ${lab.maxTerminals}`]);
  const seenChecks = new Set<string>();
  lab.checks.forEach((check, index) => {
    if (seenChecks.has(check.id)) mistakes.push([['checks', index, 'id'], `check \`${check.id}\` is there twice`]);
    seenChecks.add(check.id);
    if (check.machine !== undefined && !machines.has(check.machine))
      mistakes.push([['checks', index, 'machine'], `unknown machine \`${check.machine}\`; ${known}`]);
    const fault = scriptFault(join(dir, 'checks', check.id));
    if (fault !== undefined) mistakes.push([['checks', index, 'id'], fault]);
  });
  return mistakes;
}

function missingImage(dir: string, image: string, where: Path): [Path, string][] {
  if (existsSync(join(dirname(dir), 'images', image))) return [];
  return [[where, `image \`${image}\`: no such folder under labs/images/`]];
}

function vmMistakes(vm: Extract<LabFile['machines'][number], { type: 'vm' }>, dir: string, where: Path) {
  const mistakes: [Path, string][] = [];
  const seen = new Set<string>();
  vm.disks.forEach((disk, index) => {
    const at = [...where, 'disks', index];
    if (seen.has(disk.name)) mistakes.push([[...at, 'name'], `disk \`${disk.name}\` is there twice`]);
    seen.add(disk.name);
    if ((disk.image === undefined) === (disk.size === undefined))
      mistakes.push([at, `disk \`${disk.name}\` needs either \`image\` or \`size\`, not both`]);
    if (disk.image !== undefined) mistakes.push(...missingImage(dir, disk.image, [...at, 'image']));
  });
  if (new Set(vm.bootOrder).size < vm.bootOrder.length)
    mistakes.push([[...where, 'bootOrder'], 'the same is there twice']);
  if (vm.bootOrder.includes('network') && !vm.network)
    mistakes.push([[...where, 'bootOrder'], '`network` needs a machine with `network: true`']);
  return mistakes;
}

function scriptFault(script: string): string | undefined {
  if (!existsSync(script) || !statSync(script).isFile())
    return `check script ${script} is missing; write it or remove the check`;
  try {
    accessSync(script, constants.X_OK);
    return undefined;
  } catch (error) {
    return `check script ${script} is not executable (${error instanceof Error ? error.message : String(error)}): chmod +x ${script}`;
  }
}
