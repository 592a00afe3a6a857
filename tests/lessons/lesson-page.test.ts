// Reading of built pages: order, attributes, errors that name the place.
import { describe, expect, test } from 'vitest';
import { readLessonPage } from './lesson-page.ts';

function pageOf(body: string): string {
  return `<html><body><h1 id="_top"> Ship it </h1><lab-page data-lesson="build/ship-it" data-lab="build-image">${body}</lab-page></body></html>`;
}

const run = (id: string, more = '') =>
  `<lab-run data-block="build/ship-it#${id}" data-machine="workstation" data-exit="0" data-command="echo &#34;${id}&#34; &amp;&amp; ls&#10;pwd" ${more}><div><pre>echo</pre></div></lab-run>`;

describe('readLessonPage', () => {
  test('a page without a lab is not a lesson', () => {
    expect(readLessonPage('<html><body><h1>Map</h1></body></html>')).toBeUndefined();
  });

  test('blocks and checks come in page order, inside hints, lists and solutions too', () => {
    const page = readLessonPage(
      pageOf(
        `<lab-step data-step="one"><h2>One</h2><ol><li>${run('a', 'data-timeout="300"')}</li></ol>
         <lab-check data-check="pushed" data-cause="no-tag"></lab-check>
         <lab-solution><details>${run('b')}</details></lab-solution><lab-check data-check="pushed"></lab-check></lab-step>`,
      ),
    );
    expect(page).toEqual({
      lesson: 'build/ship-it',
      lab: 'build-image',
      title: 'Ship it',
      words: expect.stringContaining('One') as string,
      steps: [
        {
          id: 'one',
          items: [
            {
              kind: 'run',
              block: 'build/ship-it#a',
              machine: 'workstation',
              command: 'echo "a" && ls\npwd',
              exitStatus: 0,
              timeoutMs: 300_000,
            },
            { kind: 'check', check: 'pushed', cause: 'no-tag' },
            expect.objectContaining({ block: 'build/ship-it#b', timeoutMs: 120_000 }),
            { kind: 'check', check: 'pushed' },
          ],
        },
      ],
    });
  });

  test('keys, texts to wait for, actions and the state to start from', () => {
    const html = `<lab-page data-lesson="encrypt/tpm2" data-lab="encrypt-disk" data-from="encrypt/tpm2"><lab-step data-step="a">
      <lab-run data-block="encrypt/tpm2#unlock" data-machine="desktop" data-exit="0" data-command="correct horse" data-keys="" data-until="login:"></lab-run>
      <lab-action data-action="tamper" data-kind="firmware" data-machine="desktop" data-block="encrypt/tpm2#tamper-firmware" data-until="passphrase" data-timeout="60"></lab-action>
      <lab-action data-action="touch" data-machine="desktop" data-block="encrypt/tpm2#touch"></lab-action></lab-step></lab-page>`;
    const page = readLessonPage(html);
    expect(page?.from).toBe('encrypt/tpm2');
    expect(page?.steps[0]?.items).toEqual([
      expect.objectContaining({ kind: 'run', command: 'correct horse', keys: true, until: 'login:' }),
      {
        kind: 'action',
        block: 'encrypt/tpm2#tamper-firmware',
        action: 'tamper',
        what: 'firmware',
        machine: 'desktop',
        until: 'passphrase',
        timeoutMs: 60_000,
      },
      { kind: 'action', block: 'encrypt/tpm2#touch', action: 'touch', machine: 'desktop', timeoutMs: 300_000 },
    ]);
  });

  test('a block outside any step keeps its place', () => {
    const page = readLessonPage(pageOf(`${run('a')}<lab-step data-step="one">${run('b')}</lab-step>${run('c')}`));
    expect(page?.steps.map((step) => step.id)).toEqual(['', 'one', '']);
  });

  test.each([
    ['<lab-run data-machine="m"></lab-run>', 'build/ship-it: found <lab-run> without data-block'],
    [run('a', 'data-timeout="soon"'), 'build/ship-it#a: found data-timeout="soon", expected a whole number'],
    ['<lab-action data-action="kick" data-block="a#b"></lab-action>', 'a#b: found data-action="kick", expected tamper'],
    [run('a') + run('a'), 'found the block id build/ship-it#a twice'],
    ['<lab-step data-step="x"><lab-step data-step="y"></lab-step></lab-step>', 'found a step inside step “x”'],
  ])('refuses %s', (body, message) => {
    expect(() => readLessonPage(pageOf(body))).toThrow(message);
  });
});
