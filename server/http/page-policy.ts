// The Content-Security-Policy of a page: everything from this server, inline scripts only by their hash.
import { createHash } from 'node:crypto';

/** Scripts without src, with their content; for a browser JSON data blocks are not scripts, but a hash for them does no harm. */
const inlineScript = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/gi;

/**
 * Makes the policy for one HTML page.
 * @param html the page as it is sent; the hashes are valid only for these bytes.
 */
export function pagePolicy(html: string): string {
  const hashes = [...html.matchAll(inlineScript)].map(
    ([, body]) =>
      `'sha256-${createHash('sha256')
        .update(body ?? '')
        .digest('base64')}'`,
  );
  return [
    "default-src 'self'",
    // wasm-unsafe-eval: the search index is WebAssembly, served by us.
    `script-src 'self' 'wasm-unsafe-eval' ${[...new Set(hashes)].join(' ')}`.trim(),
    // Highlighted code carries its colours in style attributes, xterm.js writes style elements; neither can run anything.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    // 'self' covers ws: of the same host and port in every browser that knows CSP 3.
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/**
 * The policy of a script. It takes effect only in a worker, which obeys its own policy and not the page's: the search's
 * worker fetches the index and runs WebAssembly.
 */
export const scriptPolicy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; frame-ancestors 'none'";

/** The policy of everything else: nothing may run. */
export const dataPolicy = "default-src 'none'; frame-ancestors 'none'";
