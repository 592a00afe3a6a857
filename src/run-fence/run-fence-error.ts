// The error of all fences: it names the page's file and line, what was found, and what was expected.

export interface FencePlace {
  /** Path of the page relative to the project. */
  file: string;
  /** Line of the opening fence, counted from 1; absent when the fence could not be found in the file. */
  line?: number | undefined;
}

/** Stops the build. The message begins with `file:line:` so that editors can jump there. */
export class RunFenceError extends Error {
  override name = 'RunFenceError';

  constructor(place: FencePlace, problem: string) {
    super(`${place.file}${place.line === undefined ? '' : `:${place.line}`}: ${problem}`);
  }
}
