// Validates the answers of QEMU's monitor that the server uses: in a session's folder, a hostile program may stand in for QEMU.
import { z } from 'zod';
import { QmpError } from './qmp-client.ts';

/**
 * `query-chardev`. A file name begins with `disconnected:` when the other end is gone; `frontend-open`: the guest’s program has
 * opened its end.
 */
export const chardevs = z.array(
  z.object({ label: z.string(), filename: z.string(), 'frontend-open': z.boolean().optional() }),
);

/** `query-status`: `running`, `paused`, `io-error` and others. */
export const runState = z.object({ status: z.string() });

/** `query-migrate`. Empty before a migration has begun. */
export const migration = z.object({ 'error-desc': z.string().optional() });

/** The `data` of the event MIGRATION. */
export const migrationEvent = z.object({ status: z.string() });

/** @param command what was asked. @throws {QmpError} for an answer of another shape */
export function readAnswer<Answer>(schema: z.ZodType<Answer>, command: string, answer: unknown): Answer {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  throw new QmpError(`QEMU’s answer to ${command} has an unknown form${place}: ${issue?.message ?? ''}`);
}
