// The words on code blocks, taken from content/i18n/ like every other text of the interface.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PluginTexts } from '@expressive-code/core';

const folder = path.resolve('content/i18n');

function readTexts(language: string) {
  const texts: unknown = JSON.parse(readFileSync(path.join(folder, `${language}.json`), 'utf8'));
  const text = (key: string) => {
    const value: unknown = typeof texts === 'object' && texts !== null ? Reflect.get(texts, key) : undefined;
    if (typeof value !== 'string')
      throw new Error(`content/i18n/${language}.json: expected the text ${JSON.stringify(key)}`);
    return value;
  };
  return {
    copy: text('fence.copy'),
    run: text('fence.run'),
    put: text('fence.put'),
    keys: text('fence.keys'),
    name: text('fence.name'),
    named: text('fence.named'),
  };
}

/** Texts by locale; a locale without its own gets English. */
export const fenceTexts = new PluginTexts(readTexts('en'));
