// A refusal by the server is shown; a start moves the focus into the terminal, but not when there will be none.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '../session/lab-api.ts';
import type { LabSession } from '../session/lab-session.ts';
import type { Phase } from '../session/phase.ts';
import { PanelActions } from './panel-actions.ts';

function actionsOf(session: Partial<Record<keyof LabSession, unknown>>) {
  const done: string[] = [];
  const actions = new PanelActions({} as HTMLElement, session as unknown as LabSession, {
    unfold: () => done.push('unfold'),
    focusTerminal: () => done.push('focus'),
    focusNotice: () => done.push('focus notice'),
    tell: (words) => done.push(words),
  });
  return { actions, done };
}

// Without texts on the page, each text is its key.
beforeEach(() => void vi.stubGlobal('document', { getElementById: () => null }));
afterEach(() => void vi.unstubAllGlobals());

test.each([
  ['LAB_ERR_TOO_MANY', 'lab.say.refused'],
  ['unreachable', 'lab.say.unreachable'],
  ['not-a-lab-server', 'lab.say.unreachable'],
])('says %s as %s', async (code, said) => {
  const { actions, done } = actionsOf({ extend: () => Promise.reject(new ApiError(code, 0, 'no')) });
  actions.act('extend');
  await vi.waitFor(() => expect(done).toEqual([said]));
});

test.each(['idle', 'time-limit'])('more time is said, also where %s ends the lab', async (endsBecause) => {
  const { actions, done } = actionsOf({ extend: () => Promise.resolve(), view: { endsBecause }, leftMs: 1_800_000 });
  actions.extend();
  await vi.waitFor(() => expect(done).toEqual([`lab.say.extended.${endsBecause}`]));
});

test.each<[Phase, string[]]>([
  [{ name: 'queued' }, ['unfold', 'start', 'focus']],
  [{ name: 'failed', detail: 'x' }, ['unfold', 'start']],
])('a start that ends as %j', async (phase, expected) => {
  const { actions, done } = actionsOf({ phase, start: () => Promise.resolve(done.push('start')) });
  actions.act('start');
  await vi.waitFor(() => expect(done).toEqual(expected));
});
