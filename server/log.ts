// The server's log: JSON lines, errors with their stack and cause. Secrets never reach it: it gets only ids and errors.
import { pino, stdSerializers, type Logger } from 'pino';

/** @param level as in the setting `logLevel`. */
export function createLog(level: string): Logger {
  return pino({ level, serializers: { failure: stdSerializers.errWithCause } });
}
