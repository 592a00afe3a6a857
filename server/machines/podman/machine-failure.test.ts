// Which failures readers are told about as the machine's, and which stay the server's own.
import { expect, test } from 'vitest';
import { LabError } from '../../errors.ts';
import { AgentError } from '../vm/agent-client.ts';
import { QmpError } from '../vm/qmp-client.ts';
import { withMachine } from './machine-failure.ts';

const failing = (failure: unknown) => withMachine('desktop', () => Promise.reject(failure as Error));

test.each([
  [new QmpError('not now'), 'QEMU did not do what was asked (not now)'],
  [new AgentError('no answer'), 'its system does not answer (no answer)'],
  [Object.assign(new Error('open /x'), { code: 'ENOENT' }), 'QEMU is not running (open /x)'],
  [Object.assign(new Error('no connection'), { code: 'ETIMEDOUT' }), 'it cannot be reached (no connection)'],
])('%s', async (failure, message) => {
  await expect(failing(failure)).rejects.toMatchObject({
    code: 'LAB_ERR_EXEC',
    message: expect.stringContaining(`machine desktop: ${message}; `) as string,
    cause: failure,
  });
});

test('LabErrors and the server’s own mistakes are passed on unchanged', async () => {
  for (const failure of [new LabError('LAB_ERR_BUSY', 'later'), new TypeError('x is undefined')]) {
    await expect(failing(failure)).rejects.toBe(failure);
  }
  await expect(failing(Object.assign(new Error('x'), { code: 'ERR_INVALID_ARG_TYPE' }))).rejects.not.toBeInstanceOf(
    LabError,
  );
});
