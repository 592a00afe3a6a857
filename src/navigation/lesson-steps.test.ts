// Steps of a lesson for the navigation.
import { expect, test } from 'vitest';
import { lessonSteps } from './lesson-steps.ts';

test('finds ids and headings in page order', () => {
  const body =
    '<Step id="a">\n## Add a `package`\n\ntext\n</Step>\n\n## Not a step\n\n<Step id="b">\n\n## Second\n</Step>';
  expect(lessonSteps(body)).toEqual([
    { id: 'a', title: 'Add a package' },
    { id: 'b', title: 'Second' },
  ]);
});
