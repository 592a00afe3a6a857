import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { pagePolicy } from './page-policy.ts';

test('names inline scripts by the hash of exactly their bytes, once each', () => {
  const script = '\n  document.documentElement.dataset.theme = "dark"; // </p>\n';
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = pagePolicy(`<script>${script}</script><p>x</p><script type="module">${script}</script>`);
  expect(policy.split(`'sha256-${hash}'`)).toHaveLength(2);
});

test('gives no hash to scripts with a source and never allows inline code as such', () => {
  const policy = pagePolicy('<script type="module" src="/a.js"></script>');
  const scripts = policy.split('; ').find((part) => part.startsWith('script-src'));
  expect(scripts).toBe("script-src 'self' 'wasm-unsafe-eval'");
});
