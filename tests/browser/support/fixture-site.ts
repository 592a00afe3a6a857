// The built site with additional lessons, whose commands suit any shell. Made from a built lesson: same frame, same scripts.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'node-html-parser';
import { projectRoot } from './project-root.ts';

export const fixturePath = '/build/fixture/';
const lesson = 'build/fixture';

interface Block {
  id: string;
  command: string;
  exit?: number;
  put?: string;
  machine?: string;
  isKeys?: boolean;
  until?: string;
}

/** The same lesson with a lab whose time is nearly up from the start. */
export const shortPath = '/build/short/';

/** Two lessons on a lab with a virtual machine (of the echo engine: a shell); the second starts from a named state. */
export const machinePath = '/build/machine/';
export const nextPath = '/build/next/';
/** The named states of that lab on the tests' server. */
export const machineStates = ['build/next', 'build/next#greet', 'build/next#later'];

/** Copies the built site to `directory` and adds the lessons. @throws {Error} when the site is not built. */
export async function makeFixtureSite(directory: string): Promise<void> {
  const dist = path.resolve(projectRoot, process.env['EUOS_LABS_SITE_DIR'] ?? 'dist');
  await cp(dist, directory, { recursive: true });
  const html = await readFile(path.join(dist, 'build/your-first-sandbox/index.html'), 'utf8');
  await addLesson(directory, fixturePath, html, { lab: 'fixture', body: lessonBody() });
  await addLesson(directory, shortPath, html, { lab: 'short', body: lessonBody() });
  const machine = { lab: 'machine', body: machineBody('build/machine'), lesson: 'build/machine' };
  await addLesson(directory, machinePath, html, machine);
  const next = { lab: 'machine', body: machineBody('build/next'), lesson: 'build/next', from: 'build/next' };
  await addLesson(directory, nextPath, html, next);
  await listLessons(directory);
}

/** The list of running labs knows the lessons of the lab with a machine. */
async function listLessons(directory: string): Promise<void> {
  const file = path.join(directory, 'your-labs/index.html');
  const page = parse(await readFile(file, 'utf8'), { comment: true });
  const list = page.querySelector('running-labs');
  if (list === null) throw new Error('expected running-labs in the built page your-labs; run npm run build');
  const lessons = [
    { id: 'build/machine', title: 'A machine' },
    { id: 'build/next', title: 'The next one' },
  ];
  list.setAttribute('data-labs', JSON.stringify([{ lab: 'machine', title: 'Machine lab', lessons }]));
  await writeFile(file, page.toString());
  // Made of the page as it was: the server would prefer them.
  for (const packed of [`${file}.br`, `${file}.gz`]) await rm(packed, { force: true });
}

interface Lesson {
  lab: string;
  body: string;
  lesson?: string;
  from?: string;
}

async function addLesson(
  directory: string,
  address: string,
  html: string,
  { lab, body: content, lesson: id = lesson, from }: Lesson,
): Promise<void> {
  const page = parse(html, { comment: true });
  const body = page.querySelector('lab-page');
  const panel = page.querySelector('lab-panel');
  if (body === null || panel === null)
    throw new Error('expected lab-page and lab-panel in the built lesson your-first-sandbox; run npm run build');
  body.setAttribute('data-lesson', id);
  if (from === undefined) body.removeAttribute('data-from');
  else body.setAttribute('data-from', from);
  body.setAttribute('data-lab', lab);
  panel.setAttribute('data-lab', lab);
  panel.setAttribute('data-title', 'Test lab');
  panel.setAttribute('aria-label', 'Test lab');
  body.set_content(content);
  page.querySelector('.progress-mark[data-lesson]')?.setAttribute('data-lesson', id);
  await mkdir(path.join(directory, address), { recursive: true });
  await writeFile(path.join(directory, address, 'index.html'), page.toString());
}

function lessonBody(): string {
  const first = step(
    'write',
    'Write a note',
    run({ id: 'touch', command: 'touch ~/note' }) +
      run({ id: 'note', command: 'echo hello > ~/note\ncat ~/note' }) +
      check() +
      `<lab-solution><details class="fold"><summary>Show the solution</summary><div class="fold-text">${run({ id: 'solve', command: 'echo solved > ~/note' })}</div></details><button type="button" class="button" data-do-solution disabled>Do it for me</button></lab-solution>`,
  );
  const second = step(
    'fail',
    'Fail on purpose',
    run({ id: 'false', command: '(exit 3)', exit: 3 }) +
      run({ id: 'surprise', command: '(exit 4)' }) +
      run({ id: 'after', command: 'echo never' }),
  );
  const third = step('wait', 'Wait for a command', run({ id: 'slow', command: 'sleep 600' }));
  const fourth = step('easy', 'An easy step', run({ id: 'easy', command: 'echo easy' }));
  const fifth = step(
    'late',
    'Write a note later',
    run({ id: 'late', command: 'sleep 2; echo late > ~/note' }) + check() + check('no-note'),
  );
  const sixth = step('once', 'A step that works once', run({ id: 'once', command: 'mkdir ~/once' }));
  return first + second + third + fourth + fifth + sixth;
}

/** The `until` of the first step is the shell's answer; that of the keys is the answer of the program that reads them. */
function machineBody(of: string): string {
  const greet = step(
    'greet',
    'Greet the machine',
    run({ id: 'hello', command: 'echo "hello $((1))" | tee -a ~/greeted', machine: 'desktop' }, of) +
      run(
        {
          id: 'ask',
          command: 'read -p "Please enter " -s word; echo "got <$word>"',
          machine: 'desktop',
          until: 'Please enter',
        },
        of,
      ) +
      run(
        { id: 'answer', command: 'correct horse', machine: 'desktop', isKeys: true, until: 'got <correct horse>' },
        of,
      ),
    of,
  );
  const later = step(
    'later',
    'Do something to it',
    action({ action: 'tamper', kind: 'other-machine' }, of) +
      action({ action: 'power', kind: 'unplug' }, of) +
      action({ action: 'power', kind: 'start', until: 'echo:' }, of) +
      action({ action: 'power', kind: 'reset', until: 'never seen', timeout: 3 }, of) +
      run({ id: 'never', command: 'cat', machine: 'desktop', until: 'never said' }, of),
    of,
  );
  const last = step(
    'last',
    'A step without a state',
    run({ id: 'end', command: 'echo end', machine: 'desktop' }, of),
    of,
  );
  return greet + later + last;
}

function action(what: { action: string; kind: string; until?: string; timeout?: number }, of: string): string {
  const { action: name, kind, until, timeout } = what;
  const more = `${until === undefined ? '' : ` data-until="${until}"`}${timeout === undefined ? '' : ` data-timeout="${timeout}"`}`;
  return `<lab-action class="fence not-content" data-action="${name}" data-machine="desktop" data-kind="${kind}" data-block="${of}#${name}-${kind}"${more}><div class="fence-head"><span class="fence-label">desktop</span><span class="fence-buttons"><button type="button" class="button" data-run disabled aria-label="Do it: ${name} ${kind}">Do it</button></span></div><div class="action-text"><strong>${name} ${kind}</strong><p>What happens.</p></div><p class="fence-state" data-state></p></lab-action>`;
}

function step(id: string, title: string, content: string, of?: string): string {
  const from = of === undefined ? '' : ` data-from="${of}#${id}"`;
  return `<lab-step data-step="${id}"${from} id="step-${id}"><div class="step-head"><h2>${title}</h2><button type="button" class="button" data-run-step disabled>Run this step</button></div>${content}<div class="step-foot"><span role="status" data-step-told></span><button type="button" class="quiet" data-reset-step hidden disabled>Reset this step</button></div></lab-step>`;
}

function run({ id, command, exit = 0, machine = 'workstation', isKeys, until }: Block, of = lesson): string {
  const more = `${isKeys === true ? ' data-keys' : ''}${until === undefined ? '' : ` data-until="${escape(until)}"`}`;
  const firstLine = command.split('\n')[0] ?? '';
  const lines = command
    .split('\n')
    .map(
      (line) =>
        `<div class="ec-line${isKeys === true ? '' : ' command'}"><div class="code">${escape(line)}</div></div>`,
    );
  return `<div class="expressive-code"><lab-run class="fence not-content" data-block="${of}#${id}" data-machine="${machine}" data-exit="${exit}" data-command="${escape(command)}"${more}><div class="fence-head"><span class="fence-label">${machine}</span><span class="fence-buttons"><button type="button" class="button" data-copy${named('Copy', firstLine)}>Copy</button><button type="button" class="button" data-run disabled${named('Run', firstLine)}>Run</button></span></div><pre tabindex="0"><code>${lines.join('')}</code></pre><p class="fence-state" data-state></p></lab-run></div>`;
}

/** @param cause the cause for which it must fail at its place on the page */
function check(cause?: string): string {
  const texts = {
    title: 'The note is there',
    passed: 'There is a note.',
    causes: {
      'no-note': { why: 'Found no file at {place}.', next: 'Make one with `touch`.' },
      'empty-note': { why: 'The note is empty.', next: 'Write something into it.' },
    },
  };
  return `<lab-check data-check="note-there" data-machine="workstation"${cause === undefined ? '' : ` data-cause="${cause}"`} data-state="todo"><div class="check-head"><span class="check-state" data-check-state>${cause === undefined ? 'To check' : 'Meant to fail here'}</span><span class="check-title">The note is there</span><button type="button" class="button" data-check-button disabled${named('Check', texts.title)}>Check</button></div><div class="check-message" data-check-message></div><script type="application/json" data-check-texts>${JSON.stringify(texts).replaceAll('<', '\\u003c')}</script></lab-check>`;
}

/** Names buttons as in the built pages. */
function named(words: string, what: string): string {
  return ` data-of="${escape(what)}" aria-label="${escape(`${words}: ${what}`)}"`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
