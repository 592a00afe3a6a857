// Part of the site's build: fails it when a text of the interface is missing or unused.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';
import { findTextFaults } from './unused-texts.ts';

const file = 'content/i18n/en.json';

/** The site generator's texts that our components use or that we replace. */
const othersKeys = /^(page|skipLink|search|sidebarNav|tableOfContents|themeSelect|404)\./;

/** @throws {Error} from the build, naming each key */
export function checkTexts(): AstroIntegration {
  return {
    name: 'texts-of-the-interface',
    hooks: {
      'astro:build:start': () => {
        const root = fileURLToPath(new URL('../..', import.meta.url));
        const complaint = complaintOf(root);
        if (complaint !== undefined) throw new Error(complaint);
      },
    },
  };
}

/** What is wrong with the texts below `root`; undefined if nothing is. */
export function complaintOf(root: string): string | undefined {
  const keys = Object.keys(JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Record<string, string>);
  const sources = globSync('src/**/*.{ts,astro}', { cwd: root })
    .filter((name) => !name.endsWith('.test.ts'))
    .map((name) => readFileSync(path.join(root, name), 'utf8'));
  const { unused, missing } = findTextFaults(keys, sources, (key) => othersKeys.test(key));
  const ours = unused.filter((key) => key !== 'sidebarNav.accessibleLabel');
  const complaints = [
    ...missing.map((key) => `found no text ${key}, which src/ asks for: add it`),
    ...ours.map((key) => `found the text ${key}, which nothing in src/ uses: remove it`),
  ];
  return complaints.length === 0 ? undefined : `${file}:\n${complaints.join('\n')}`;
}
