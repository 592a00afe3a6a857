// The addresses of all pages of the built site.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from './project-root.ts';

/** Addresses such as `/build/ship-it/`. @throws {Error} when the site is not built. */
export function builtPages(): string[] {
  const dist = path.resolve(projectRoot, process.env['EUOS_LABS_SITE_DIR'] ?? 'dist');
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => path.basename(file) === 'index.html')
    .map((file) => `/${path.dirname(file).replace(/^\.$/, '')}/`.replace('//', '/'));
}
