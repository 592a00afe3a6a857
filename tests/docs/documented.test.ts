// Every setting, error code and lab field is in the documentation, and the documentation has no others.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkSchema, containerSchema, labSchema, vmDiskSchema, vmSchema } from '../../labs/lab-schema.ts';
import { settings } from '../../server/config.ts';
import { errorTable } from '../../server/errors.ts';
import { runOptionsSchema } from '../../src/run-fence/run-fence-options.ts';

const settingsPage = readFileSync('content/docs/project/settings.md', 'utf8');
const labPage = readFileSync('content/docs/project/write-a-lab.md', 'utf8');

/** First cells of a page's tables, without backticks. */
function rows(page: string): string[][] {
  const lines = page.split('\n').filter((line) => line.startsWith('|'));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

describe('settings page', () => {
  test('has a row for each setting', () => {
    const documented = rows(settingsPage).filter(([flag]) => /^--[a-z]/.test(flag ?? ''));
    expect(documented.map(([flag]) => flag).toSorted()).toEqual(settings.map(({ flag }) => `--${flag}`).toSorted());
  });

  test.each(settings)('--$flag has the variable that follows from the rule on the page', ({ flag, environment }) => {
    expect(environment).toBe(`EUOS_LABS_${flag.toUpperCase().replaceAll('-', '_')}`);
  });

  test('has a row for each error code with its HTTP status', () => {
    const documented = rows(settingsPage).filter(([code]) => code?.startsWith('LAB_ERR_'));
    expect(documented.map(([code, status]) => `${code} ${status}`).toSorted()).toEqual(
      Object.entries(errorTable)
        .map(([code, { status }]) => `${code} ${status}`)
        .toSorted(),
    );
  });
});

describe('page on writing a lab', () => {
  const limits = labSchema.shape.limits.unwrap().shape;
  const fields = [
    ...Object.keys(labSchema.shape),
    ...Object.keys({ ...containerSchema.shape, ...vmSchema.shape }).map((key) => `machines[].${key}`),
    ...Object.keys(vmDiskSchema.shape).map((key) => `machines[].disks[].${key}`),
    ...Object.keys(limits).map((key) => `limits.${key}`),
    ...Object.keys(checkSchema.shape).map((key) => `checks[].${key}`),
  ];

  test.each(fields)('describes the field %s', (field) => {
    expect(rows(labPage).map(([name]) => name)).toContain(field);
  });

  test.each(Object.keys(runOptionsSchema.shape))('describes the fence option %s', (option) => {
    expect(rows(labPage).map(([name]) => name)).toContain(option);
  });
});
