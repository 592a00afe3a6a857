// Every error the server can give: a stable code, HTTP status, close code. Messages are made where the error is thrown.
import { closeCode } from './protocol/close-codes.ts';

/** The one table: add a code here and to the settings-and-errors page (a test compares the two). */
export const errorTable = {
  LAB_ERR_BAD_REQUEST: { status: 400, close: closeCode.badMessage },
  LAB_ERR_FORBIDDEN: { status: 403, close: closeCode.forbidden },
  LAB_ERR_ORIGIN: { status: 403, close: closeCode.forbidden },
  LAB_ERR_NO_SESSION: { status: 404, close: closeCode.noSession },
  LAB_ERR_NO_LAB: { status: 404, close: closeCode.noSession },
  LAB_ERR_NO_STATE: { status: 404, close: closeCode.badMessage },
  LAB_ERR_NO_CHECK: { status: 404, close: closeCode.badMessage },
  LAB_ERR_NO_TERMINAL: { status: 404, close: closeCode.badMessage },
  LAB_ERR_NOT_READY: { status: 409, close: closeCode.ended },
  LAB_ERR_BUSY: { status: 409, close: closeCode.badMessage },
  LAB_ERR_NO_QUESTION: { status: 409, close: closeCode.badMessage },
  LAB_ERR_TOO_MANY: { status: 429, close: closeCode.tooMany },
  LAB_ERR_INTERNAL: { status: 500, close: closeCode.internal },
  LAB_ERR_LAB_FILE: { status: 500, close: closeCode.internal },
  LAB_ERR_SETTING: { status: 500, close: closeCode.internal },
  LAB_ERR_IMAGE: { status: 503, close: closeCode.internal },
  LAB_ERR_START: { status: 503, close: closeCode.internal },
  LAB_ERR_EXEC: { status: 503, close: closeCode.internal },
  LAB_ERR_NO_ENGINE: { status: 503, close: closeCode.internal },
  LAB_ERR_PTY_HOST: { status: 503, close: closeCode.internal },
  LAB_ERR_DISK_FULL: { status: 507, close: closeCode.internal },
} as const;

export type ErrorCode = keyof typeof errorTable;

/** An error that a reader or operator may see: what was found, what was expected, the fix. */
export class LabError extends Error {
  override name = 'LabError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly close: number;

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.status = errorTable[code].status;
    this.close = errorTable[code].close;
  }
}
