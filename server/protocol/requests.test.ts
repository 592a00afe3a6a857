import { describe, expect, it } from 'vitest';
import { maxCommandBytes, maxRequestBytes } from './limits.ts';
import { parseRequest, RequestError } from './requests.ts';

const run = (command: string) => JSON.stringify({ type: 'run', terminal: 1, block: 'build/ship-it#push', command });

describe('parseRequest', () => {
  it('reads every kind of request', () => {
    for (const request of [
      { type: 'attach', terminal: 1, columns: 80, rows: 24 },
      { type: 'attach', terminal: 1, columns: 80, rows: 24, offset: 7 },
      { type: 'detach', terminal: 1 },
      { type: 'resize', terminal: 65_535, columns: 2, rows: 1 },
      { type: 'interrupt', terminal: 1 },
      { type: 'ping', id: 3 },
    ]) {
      expect(parseRequest(JSON.stringify(request))).toEqual(request);
    }
    expect(parseRequest(run('cat <<X\n\ttab\nX')).type).toBe('run');
  });

  it.each([
    ['{', 'not JSON'],
    ['[]', 'expected object'],
    ['null', 'expected object'],
    ['{"type":"destroy"}', 'type'],
    ['{"type":"ping"}', 'id'],
    ['{"type":"ping","id":1,"extra":1}', 'message'],
    ['{"type":"attach","terminal":1,"columns":1,"rows":24}', 'columns'],
    ['{"type":"attach","terminal":1,"columns":501,"rows":24}', 'columns'],
    ['{"type":"attach","terminal":-1,"columns":80,"rows":24}', 'terminal'],
    ['{"type":"attach","terminal":1.5,"columns":80,"rows":24}', 'terminal'],
    ['{"type":"attach","terminal":1,"columns":80,"rows":24,"offset":-1}', 'offset'],
  ])('refuses %s and names the place', (text, place) => {
    expect(() => parseRequest(text)).toThrow(RequestError);
    expect(() => parseRequest(text)).toThrow(place);
  });

  it('reads keys and the text that a block waits for', () => {
    const how = { keys: true, until: 'Please enter passphrase' };
    const text = (more: object) =>
      JSON.stringify({ type: 'run', terminal: 1, block: 'encrypt/tpm2#unlock', command: 'correct horse', ...more });
    expect(parseRequest(text(how))).toMatchObject(how);
    for (const until of ['', '  ', 'x'.repeat(201), 'a\x1b[m', 7])
      expect(() => parseRequest(text({ until }))).toThrow('until');
    expect(() => parseRequest(text({ keys: 'yes' }))).toThrow('keys');
  });

  it('refuses a command that could leave the bracketed paste', () => {
    for (const character of ['\x1b', '\x03', '\x00', '\x7f', '\x9b', '\r']) {
      expect(() => parseRequest(run(`echo ${character}`))).toThrow('command: expected no control characters');
    }
  });

  it('counts a command in bytes', () => {
    expect(parseRequest(run('ü'.repeat(maxCommandBytes / 2))).type).toBe('run');
    expect(() => parseRequest(run('ü'.repeat(maxCommandBytes / 2) + 'x'))).toThrow(`at most ${maxCommandBytes} bytes`);
    expect(() => parseRequest(' '.repeat(maxRequestBytes + 1))).toThrow('expected at most');
  });
});
