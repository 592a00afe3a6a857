// Which tests there are and how they run; the browser's are Playwright's (tests/browser/).
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{server,src,labs,setup,tests/support,tests/lessons,tests/docs}/**/*.test.ts'],
          environment: 'node',
          testTimeout: 10_000,
        },
      },
      {
        test: {
          name: 'protocol',
          include: ['tests/protocol/**/*.test.ts'],
          environment: 'node',
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'machines',
          include: ['tests/machines/**/*.test.ts'],
          environment: 'node',
          // Serial: they share the host's processors, loop devices and the image storage.
          fileParallelism: false,
          // The first test may have to build the images.
          testTimeout: 180_000,
          hookTimeout: 1_800_000,
        },
      },
    ],
  },
});
