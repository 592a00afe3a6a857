// What a guest agent may answer. The guest is the reader's: whatever has another shape is no answer, and nothing is done with it.
import { z } from 'zod';

/** Longest message of a refusal that is passed on: the agent's own have one sentence. */
const longestRefusal = 500;

/** A refusal, see QEMU's qga/qapi-schema.json; its text is cut, as it may end up in a log. */
export const refusalSchema = z.object({
  error: z.object({ desc: z.string().transform((text) => text.slice(0, longestRefusal)) }),
});

/** Of `guest-exec`. */
export const startedSchema = z.object({ pid: z.int().nonnegative() });

/** Of `guest-exec-status`; the two streams are base64. */
export const statusSchema = z.object({
  exited: z.boolean(),
  exitcode: z.int().optional(),
  signal: z.int().optional(),
  'out-data': z.string().optional(),
  'err-data': z.string().optional(),
});

/** Of requests whose answer says nothing. */
export const anything = z.unknown();
