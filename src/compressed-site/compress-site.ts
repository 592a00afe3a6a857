// Part of the site's build: every text file gets a Brotli and a gzip copy beside it, which the server sends in its place.
import { globSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { AstroIntegration } from 'astro';

/** What compresses. Fonts, pictures and the search's index are compressed inside. */
const texts = '**/*.{html,css,js,json,svg,txt,xml}';

/** Below this a copy saves less than a packet. */
const worthwhileBytes = 1024;

/** Browsers ask for Brotli on https and on this machine; everywhere else for gzip. */
const encodings: Record<string, (content: Buffer) => Promise<Buffer>> = {
  '.br': (content) =>
    promisify(brotliCompress)(content, {
      params: {
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    }),
  '.gz': (content) => promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }),
};

/** Stands last in the list of integrations: the search's files are written after the pages, by another one. */
export function compressSite(): AstroIntegration {
  return {
    name: 'compressed-site',
    hooks: {
      'astro:build:done': ({ dir }) => compressFolder(fileURLToPath(dir)),
    },
  };
}

/** One file after another, its encodings at once: a build leaves room on the host for those who read meanwhile. */
export async function compressFolder(folder: string): Promise<void> {
  for (const name of globSync(texts, { cwd: folder })) {
    const file = path.join(folder, name);
    const content = await readFile(file);
    if (content.length < worthwhileBytes) continue;
    const copies = Object.entries(encodings).map(async ([ending, compress]) =>
      writeFile(`${file}${ending}`, await compress(content)),
    );
    await Promise.all(copies);
  }
}
