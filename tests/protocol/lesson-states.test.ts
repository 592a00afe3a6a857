// Playing lessons makes the states in which the next ones begin, with questions, reboots and a touch along the way. The
// machine is a shell behind a serial socket; states are copies of its folder.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { linkLessons } from '../../labs/lesson-chain.ts';
import { createEchoEngine } from '../../server/machines/echo/echo-engine.ts';
import { failureText } from '../lessons/failure-text.ts';
import { readLessonPage } from '../lessons/lesson-page.ts';
import { hasStart, missingStates, NoStart, playAndSave, withMakers } from '../lessons/make-states.ts';
import { startSavingServer, type SavingServer } from '../lessons/saving-server.ts';
import { planStates, type PlannedStates } from '../lessons/state-plan.ts';

const lab = `title: Fixture
machines:
  - { type: vm, name: desktop, memory: 256, disks: [{ name: system, size: 16 }], securityKey: true }
disk: 64
terminals: [{ machine: desktop }]
checks:
  - { id: secret-there, causes: [missing] }
  - { id: enrolled, causes: [missing] }
`;

let dir: string;
let server: SavingServer;

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'lesson-states-'));
  mkdirSync(path.join(dir, 'labs/fixture/checks'), { recursive: true });
  writeFileSync(path.join(dir, 'labs/fixture/lab.yaml'), lab);
  writeCheck('secret-there', 'secret');
  writeCheck('enrolled', 'enrolled');
  const engine = createEchoEngine({}, path.join(dir, 'echo'));
  server = await startSavingServer({ engine, labsDir: path.join(dir, 'labs') });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true });
});

function writeCheck(id: string, file: string): void {
  const script = path.join(dir, 'labs/fixture/checks', id);
  writeFileSync(script, `#!/bin/sh\n[ -e ${file} ] || { echo missing; exit 1; }\n`);
  chmodSync(script, 0o755);
}

const run = (block: string, command: string, more = '') =>
  `<lab-run data-block="${block}" data-machine="desktop" data-exit="0" data-command="${command}" data-timeout="20" ${more}></lab-run>`;
const check = (id: string) => `<lab-check data-check="${id}"></lab-check>`;
const step = (lesson: string, id: string, ...items: string[]) =>
  `<lab-step data-step="${id}" data-from="${lesson}#${id}">${items.join('')}</lab-step>`;

/** Has a question that is answered by keys, a machine that goes down and comes back, and a touch while the block still runs. */
function firstPage(answer = 'correct horse'): string {
  const touch =
    'touch wants-touch; echo confirm; while [ -e wants-touch ]; do sleep 0.05; done; echo has been enrolled';
  return `<h1>One</h1><lab-page data-lesson="fixture/one" data-lab="fixture">
    ${step(
      'fixture/one',
      'ask',
      run(
        'fixture/one#ask',
        'read -r -p &#34;Passphrase for it: &#34; answer; echo $answer > secret',
        'data-until="Passphrase for it:"',
      ),
      run('fixture/one#answer', answer, 'data-keys=""'),
      check('secret-there'),
    )}
    ${step('fixture/one', 'restart', run('fixture/one#exit', 'exit'), run('fixture/one#look', 'cat secret'))}
    ${step(
      'fixture/one',
      'touch',
      run('fixture/one#enrol', touch, 'data-until="confirm"'),
      '<lab-action data-action="touch" data-machine="desktop" data-block="fixture/one#touch" data-until="has been enrolled"></lab-action>',
      run('fixture/one#note', 'touch enrolled'),
      check('enrolled'),
    )}
    ${step(
      'fixture/one',
      'tamper',
      '<lab-action data-action="power" data-kind="reset" data-machine="desktop" data-block="fixture/one#reset" data-until="echo:"></lab-action>',
      '<lab-action data-action="tamper" data-kind="command-line" data-machine="desktop" data-block="fixture/one#tamper"></lab-action>',
    )}
  </lab-page>`;
}

function secondPage(): string {
  return `<h1>Two</h1><lab-page data-lesson="fixture/two" data-lab="fixture" data-from="fixture/two">
    ${step('fixture/two', 'look', run('fixture/two#look', '[ $(cat secret) = horse ] &amp;&amp; rm enrolled'))}
    ${step('fixture/two', 'again', run('fixture/two#again', 'touch enrolled'), check('enrolled'))}
  </lab-page>`;
}

function plan(first = firstPage(), second = secondPage()): [PlannedStates, PlannedStates] {
  const chain = linkLessons([
    { lesson: 'fixture/one', chapter: 'fixture', order: 1, lab: 'fixture' },
    { lesson: 'fixture/two', chapter: 'fixture', order: 2, lab: 'fixture' },
  ]);
  const pages = [first, second].map((html) => readLessonPage(html)!);
  const [one, two] = planStates(chain, pages, () => 'beginning');
  return [one!, two!];
}

async function play(planned: PlannedStates): Promise<void> {
  const { failures } = await playAndSave(planned, server, () => undefined);
  expect(failures.map(failureText)).toEqual([]);
}

const names = async (planned: PlannedStates) => (await missingStates(planned, server)).map(({ name }) => name);

test('lessons make their states in order, and an unchanged lesson has none to make', async () => {
  const [one, two] = plan(firstPage('horse'));
  await expect(playAndSave(two, server, () => undefined)).rejects.toThrow(NoStart);
  expect(await names(one)).toEqual(['fixture/one#restart', 'fixture/one#touch', 'fixture/one#tamper', 'fixture/two']);
  expect((await withMakers([one, two], new Set(['fixture/two']), server)).map(({ link }) => link.lesson)).toEqual([
    'fixture/one',
    'fixture/two',
  ]);

  await play(one);
  expect(await names(one)).toEqual([]);
  expect(await hasStart(two, server)).toBe(true);
  await play(two);
  expect(await names(two)).toEqual([]);
  expect(await withMakers([one, two], new Set(['fixture/two']), server)).toEqual([two]);

  // A changed answer changes what comes after it, and nothing before.
  const [changed, after] = plan(firstPage('cow'));
  expect(await names(changed)).toEqual([
    'fixture/one#restart',
    'fixture/one#touch',
    'fixture/one#tamper',
    'fixture/two',
  ]);
  expect(await hasStart(after, server)).toBe(false);
});

test('after a failure nothing is saved', async () => {
  const broken = firstPage('sheep').replace('cat secret', 'cat gone');
  const [one] = plan(broken);
  const { failures } = await playAndSave(one, server, () => undefined);
  expect(failures.map(({ what }) => what)).toEqual(['block fixture/one#look']);
  expect(await names(one)).toEqual(['fixture/one#touch', 'fixture/one#tamper', 'fixture/two']);
});

test('an action that is refused, or whose text never comes, is reported', async () => {
  const page = (more: string) =>
    `<lab-page data-lesson="fixture/one" data-lab="fixture">${step('fixture/one', 'act', `<lab-action data-machine="desktop" data-block="fixture/one#act" ${more}></lab-action>`)}</lab-page>`;
  const found = async (more: string) => {
    const { failures } = await playAndSave(plan(page(more))[0], server, () => undefined);
    return failures.map((failure) => failure.found.replace(/[\d.]+ s/, 'n s')).join();
  };
  expect(await found('data-action="power" data-kind="explode"')).toContain('refused: POST');
  expect(await found('data-action="power" data-kind="reset" data-until="never" data-timeout="1"')).toBe(
    'not seen after n s',
  );
});
