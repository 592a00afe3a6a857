// Serves the built site, compressed as the build has prepared it: pages with their own policy, hashed assets for ever,
// everything else briefly. Knows no labs.
import { readFile, stat } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { dataPolicy, pagePolicy, scriptPolicy } from './page-policy.ts';

/** Astro puts a content hash into every name under this folder. */
const hashedFolder = '/_astro/';

/**
 * Answers every GET that no route took.
 * @param siteDir the folder that `astro build` wrote; it is read for each request, so a rebuilt site needs no restart.
 */
export async function serveSite(app: FastifyInstance, siteDir: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: siteDir,
    serve: false,
    dotfiles: 'ignore',
    cacheControl: false,
    // x.js.br or x.js.gz in place of x.js, as the browser can read them.
    preCompressed: true,
  });

  app.get('/*', async (request, reply) => {
    const path = sitePath(request.url);
    const kind = path === undefined ? undefined : await kindOf(siteDir, path);
    if (path === undefined || kind === undefined) return sendMissing(reply, siteDir);
    // Relative links on the page need the slash.
    if (kind === 'folder') return reply.redirect(`${path}/`, 301);
    if (path.endsWith('.html')) return sendPage(reply, siteDir, path);
    const policy = path.endsWith('.js') ? scriptPolicy : dataPolicy;
    const cache = path.startsWith(hashedFolder) ? 'public, max-age=31536000, immutable' : 'no-cache';
    return reply.headers({ 'content-security-policy': policy, 'cache-control': cache }).sendFile(path.slice(1));
  });
}

/** The page for everything that does not exist, with the site's own layout if the site has been built. */
export async function sendMissing(reply: FastifyReply, siteDir: string): Promise<FastifyReply> {
  reply.code(404);
  if ((await kindOf(siteDir, '/404.html')) === 'file') return sendPage(reply, siteDir, '/404.html');
  const text = 'There is no page here. If the site has not been built yet: npm run build, then load again.\n';
  return reply.type('text/plain; charset=utf-8').send(text);
}

/** @returns the path inside the site, folders as their index.html; undefined when the URL cannot be one. */
export function sitePath(url: string): string | undefined {
  const raw = url.split(/[?#]/, 1)[0] ?? '/';
  try {
    const path = normalize(decodeURIComponent(raw));
    if (!path.startsWith('/') || path.includes('\0')) return undefined;
    // Neither `..` nor what the build keeps for itself.
    if (path.split('/').some((part) => part.startsWith('.'))) return undefined;
    return path.endsWith('/') ? `${path}index.html` : path;
  } catch {
    // A broken percent sign.
    return undefined;
  }
}

/** The disk decides what a path is: the ending of a name says nothing (`.pf_meta` is a file, `/version-1.2` may be a page). */
async function kindOf(siteDir: string, path: string): Promise<'file' | 'folder' | undefined> {
  try {
    const entry = await stat(join(siteDir, path));
    if (entry.isFile()) return 'file';
    return (await stat(join(siteDir, path, 'index.html'))).isFile() ? 'folder' : undefined;
  } catch (failure) {
    const { code } = failure as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    throw failure;
  }
}

/** The policy is for the page as a browser unpacks it. The page for a missing one is never "not modified", which would be empty. */
async function sendPage(reply: FastifyReply, siteDir: string, path: string): Promise<FastifyReply> {
  const html = await readFile(join(siteDir, path), 'utf8');
  const isThere = reply.statusCode === 200;
  return reply
    .headers({ 'content-security-policy': pagePolicy(html), 'cache-control': 'no-cache' })
    .sendFile(path.slice(1), { etag: isThere, lastModified: isThere });
}
