// Serves the built site: pages with their own policy, hashed assets for ever, everything else briefly. Knows no labs.
import { readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { dataPolicy, pagePolicy } from './page-policy.ts';

/** Astro puts a content hash into every name under this folder. */
const hashedFolder = '/_astro/';

/**
 * Answers every GET that no route took.
 * @param siteDir the folder that `astro build` wrote; it is read anew for each request, so a rebuilt site needs no restart.
 */
export async function serveSite(app: FastifyInstance, siteDir: string): Promise<void> {
  await app.register(fastifyStatic, { root: siteDir, serve: false, dotfiles: 'ignore', cacheControl: false });

  app.get('/*', async (request, reply) => {
    const path = sitePath(request.url);
    if (path === undefined) return sendMissing(reply, siteDir);
    if (path.endsWith('.html')) {
      const html = await readPage(siteDir, path);
      return html === undefined ? sendMissing(reply, siteDir) : sendPage(reply, html, 200);
    }
    if (!/\.[a-z0-9]+$/i.test(path)) {
      const html = await readPage(siteDir, `${path}/index.html`);
      if (html === undefined) return sendMissing(reply, siteDir);
      // Relative links on the page need the slash.
      return reply.redirect(`${path}/`, 301);
    }
    const cache = path.startsWith(hashedFolder) ? 'public, max-age=31536000, immutable' : 'no-cache';
    return reply.headers({ 'content-security-policy': dataPolicy, 'cache-control': cache }).sendFile(path.slice(1));
  });
}

/** The page for everything that is not there, in the site's own dress when it has been built. */
export async function sendMissing(reply: FastifyReply, siteDir: string): Promise<FastifyReply> {
  const html = await readPage(siteDir, '/404.html');
  if (html !== undefined) return sendPage(reply, html, 404);
  const text = 'There is no page here. If the site has not been built yet: npm run build, then load again.\n';
  return reply.code(404).type('text/plain; charset=utf-8').send(text);
}

/** @returns the path inside the site, folders as their index.html; undefined when the URL cannot be one. */
export function sitePath(url: string): string | undefined {
  const raw = url.split(/[?#]/, 1)[0] ?? '/';
  try {
    const path = normalize(decodeURIComponent(raw));
    if (!path.startsWith('/') || path.includes('\0') || path.split('/').includes('..')) return undefined;
    return path.endsWith('/') ? `${path}index.html` : path;
  } catch {
    // A broken percent sign.
    return undefined;
  }
}

async function readPage(siteDir: string, path: string): Promise<string | undefined> {
  try {
    return await readFile(join(siteDir, path), 'utf8');
  } catch (failure) {
    const { code } = failure as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR' || code === 'ENAMETOOLONG') return undefined;
    throw failure;
  }
}

function sendPage(reply: FastifyReply, html: string, status: number): FastifyReply {
  return reply
    .code(status)
    .headers({ 'content-security-policy': pagePolicy(html), 'cache-control': 'no-cache' })
    .type('text/html; charset=utf-8')
    .send(html);
}
