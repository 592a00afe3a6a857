// What readers read while a lab is prepared: every step of a template has a sentence, and build steps have their names.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fillPlaceholders, type TextValues } from '../session/page-texts.ts';
import { stepName } from './step-name.ts';

const texts = JSON.parse(readFileSync(new URL('../../content/i18n/en.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>;
const knownText = (key: string, values: TextValues = {}) => {
  const template = texts[key];
  return template === undefined ? undefined : fillPlaceholders(template, values);
};

// As server/machines/podman/lab-templates.ts reports them.
test.each(['waiting', 'template-rebuilt', 'boot', 'save'])(
  'the step %s of a machine is a sentence that names it',
  (what) => {
    const words = stepName(`desktop:${what}`, knownText);
    expect(words).toMatch(/\bdesktop\b/);
    expect(words).not.toMatch(/template-rebuilt|[{}]|desktop[:,] /);
    expect(words.split(' ').length).toBeGreaterThan(3);
  },
);

test('a step of a build shows its name', () => {
  expect(stepName('os-base:packages', knownText)).toBe('os-base, packages');
  expect(stepName('debian', knownText)).toBe('debian');
});
