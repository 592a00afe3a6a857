// The server's log: JSON lines, errors with their stack and cause. Secrets never reach it: it gets only ids and errors. What
// errors quote may come from a reader's machine: it is bounded, and contains nothing that a terminal would obey.
import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { printable } from './printable-text.ts';

/** Podman's last lines, with an image's or a container's whole name. */
const messageCharacters = 500;
/** As deep as Node records by default: ten calls. */
const stackLines = 10;
const stackLineCharacters = 300;
/** An error of the engine, of podman, of its process; one more for what is not known yet. */
const deepestCause = 4;

/** How every log writes errors, whether as `failure`, as `err` or alone. */
export const logErrors = {
  serializers: { failure: describe, err: describe },
  hooks: {
    // pino takes the text of an error as the text of the entry when it is given none.
    logMethod(given, log) {
      const [first, ...more] = given as [unknown, ...unknown[]];
      const error = first instanceof Error ? first : (first as { err?: unknown } | undefined)?.err;
      const fields = first instanceof Error ? { err: first } : first;
      const isWithoutText = more.length === 0 && error instanceof Error;
      log.apply(this, isWithoutText ? [fields, printable(error.message, messageCharacters)] : given);
    },
  },
} satisfies LoggerOptions;

/** @param level as in the setting `logLevel`. @param destination standard output when absent */
export function createLog(level: string, destination?: DestinationStream): Logger {
  return pino({ level, ...logErrors }, destination ?? pino.destination(1));
}

/** Only these parts: others of its fields (of a failed process: its output) do not belong into a log. */
function describe(failure: unknown, depth = 0): unknown {
  if (typeof failure === 'string') return printable(failure, messageCharacters);
  if (!(failure instanceof Error)) return failure;
  const { code } = failure as { code?: unknown };
  return {
    type: printable(failure.name, messageCharacters),
    message: printable(failure.message, messageCharacters),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack: framesOf(failure),
    ...(failure.cause === undefined || depth >= deepestCause ? {} : { cause: describe(failure.cause, depth + 1) }),
  };
}

/** Without the message, which the stack begins with and which may look like lines of it. */
function framesOf({ stack = '', message }: Error): string[] {
  const after = stack.indexOf(message);
  const frames = stack.slice(after === -1 ? 0 : after + message.length).split('\n');
  const called = frames.map((line) => line.trim()).filter((line) => line.startsWith('at '));
  return called.slice(0, stackLines).map((line) => printable(line, stackLineCharacters));
}
