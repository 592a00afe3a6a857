// Every colour of the code is readable on its background: WCAG requires 4.5:1.
import { getColorContrast } from '@expressive-code/core';
import { expect, test } from 'vitest';
import { palettes } from './code-themes.ts';

const least = 4.5;

test.each(Object.entries(palettes))('%s', (_, { ground, ...inks }) => {
  for (const [name, ink] of Object.entries(inks)) {
    expect(getColorContrast(ink, ground), name).toBeGreaterThanOrEqual(least);
  }
});
