// Part of the site's build: every text file gets a Brotli and a gzip copy beside it, which the server sends instead.
import { globSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { AstroIntegration } from 'astro';

/** Files that are worth compressing. Fonts, pictures and the search index are already compressed. */
const texts = '**/*.{html,css,js,json,svg,txt,xml}';

/** A file smaller than this would save less than a packet. */
const worthwhileBytes = 1024;

/** Browsers ask for Brotli over https and on this machine, everywhere else for gzip. */
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

/** The last in the list of integrations: another one writes the search's files after the pages. */
export function compressSite(): AstroIntegration {
  return {
    name: 'compressed-site',
    hooks: {
      'astro:build:done': ({ dir }) => compressFolder(fileURLToPath(dir)),
    },
  };
}

/** One file after another, with its encodings in parallel, so that a build leaves readers some of the host. */
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
