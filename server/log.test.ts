// What a reader's machine says never reaches the log as more than a short line that a terminal shows and does not obey.
import { Writable } from 'node:stream';
import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { LabError } from './errors.ts';
import { createLog } from './log.ts';

function makeLog() {
  const lines: string[] = [];
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    lines.push(chunk.toString());
    done();
  };
  return { log: createLog('info', new Writable({ write })), lines };
}

const hostile = `\n    at fake (file:1:1)\n  05:00:00  FAKE\n\x1b[2J\x1b]0;PWNED\x07\x9b2J\u202e${'x'.repeat(700_000)}`;
const hostileError = () => {
  const output = Object.assign(new Error(`podman exec: ${hostile}`), { stdout: hostile, stderr: hostile });
  return new LabError('LAB_ERR_EXEC', `the window: ${hostile}`, output);
};

test.each([
  ['as failure', (log: ReturnType<typeof createLog>) => log.info({ failure: hostileError() }, 'not read')],
  ['as failure, the text only', (log: ReturnType<typeof createLog>) => log.info({ failure: hostile }, 'not read')],
  ['as err', (log: ReturnType<typeof createLog>) => log.error({ err: hostileError() })],
  ['as err, with a text', (log: ReturnType<typeof createLog>) => log.error({ err: hostileError() }, 'it goes on')],
  ['alone', (log: ReturnType<typeof createLog>) => log.error(hostileError())],
])('an error %s', (_how, write) => {
  const { log, lines } = makeLog();
  write(log);
  expect(lines).toHaveLength(1);
  const [line = ''] = lines;
  expect(line.length).toBeLessThan(10_000);
  expect(line).not.toMatch(/\\u001b|\\u0007|\\u009b|[\x80-\x9f\u202e]/);
  const { msg, err, failure } = JSON.parse(line) as Record<string, { message: string } | string | undefined>;
  expect(msg).not.toContain('\n');
  expect(JSON.stringify([err, failure])).toContain('FAKE');
  expect(JSON.stringify([err, failure])).not.toContain('\\n');
});

test('an error keeps what helps: its type, code, text, calls and causes', () => {
  const { log, lines } = makeLog();
  const cause = Object.assign(new Error('spawn podman ENOENT'), { code: 'ENOENT' });
  log.error({ failure: new LabError('LAB_ERR_EXEC', 'found no podman', cause), session: 'ab12' }, 'it failed');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    msg: 'it failed',
    session: 'ab12',
    failure: {
      type: 'LabError',
      code: 'LAB_ERR_EXEC',
      message: 'found no podman',
      stack: expect.arrayContaining([expect.stringMatching(/^at .*log\.test\.ts:\d+/)]) as string[],
      cause: { message: 'spawn podman ENOENT', code: 'ENOENT' },
    },
  });
});

test('what a request logs is written in the same way', async () => {
  const { log, lines } = makeLog();
  const app = Fastify({ loggerInstance: log, disableRequestLogging: true });
  app.get('/', (request, reply) => {
    request.log.error(hostileError());
    return reply.send('ok');
  });
  await app.inject('/');
  await app.close();
  expect(lines).toHaveLength(1);
  expect(lines[0]?.length).toBeLessThan(10_000);
  expect(lines[0]).not.toMatch(/\\u001b|[\x80-\x9f]/);
});
