// execa, for the server: a program that cannot be started for lack of open files is a failure like any other. Knows no programs.
import { execa, type Options } from 'execa';
import { requireSpareFiles } from './file-limit.ts';

/** As execa. @throws {Error} also when this process has too many open files */
export function startProgram<Given extends Options>(file: string, args: readonly string[], options: Given) {
  requireSpareFiles();
  return execa(file, args, options);
}
