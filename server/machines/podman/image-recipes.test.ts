// Which step a line of podman's build output begins.
import { expect, test } from 'vitest';
import { imageName, stepOfLine } from './image-recipes.ts';

test.each([
  ['STEP 5/9: RUN sh /build/packages', 'os-base:packages'],
  ['[3/3] STEP 4/7: RUN sh /build/base-store', 'os-base:base-store'],
  ['STEP 7/9: RUN bootc container lint --fatal-warnings', 'os-base:lint'],
  ['COMMIT localhost/x', 'os-base:save'],
  ['[3/3] COMMIT localhost/x', 'os-base:save'],
  ['[2/3] COMMIT', undefined],
  ['STEP 3/9: COPY files/ /', undefined],
  ['Unpacking x', undefined],
])('%s', (line, step) => {
  expect(stepOfLine('os-base', line)).toBe(step);
});

test('an image that is not there is refused with the names that are', () => {
  expect(() => imageName('fedora')).toThrow(/no image "fedora".*os-base, workstation.*desktop/);
});
