import { describe, expect, it } from 'vitest';
import { TextWatch } from './text-watch.ts';

const fed = (text: string, ...pieces: string[]) => {
  const watch = new TextWatch(text);
  return pieces.map((piece) => watch.feed(Buffer.from(piece)));
};

describe('TextWatch', () => {
  it('finds a text across pieces and wrapped lines', () => {
    expect(fed('Please enter', 'Plea', 'se\r\nen', 'ter')).toEqual([false, false, true]);
    expect(fed('größer', 'gr\u00c3', 'größer')).toEqual([false, true]);
  });

  it('finds texts only in order: the prompt before the boot does not count', () => {
    expect(fed('Booting … root@desktop', 'root@desktop:~# ', 'Boo', 'ting Debian', 'root@', 'desktop:~# ')).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
    expect(fed('a … b', 'xaxb')).toEqual([true]);
    expect(fed('a … b', 'ba')).toEqual([false]);
  });
});
