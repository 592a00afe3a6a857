// What the parts of a machine's window show and announce: trouble with its detail, possible tampering, the screen.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { VmView } from '../../server/protocol/messages.ts';
import { driven, drivenDocument } from '../page/driven-document.ts';
import type { LabSession } from '../session/lab-session.ts';
import type { VirtualMachine } from '../session/machine-actions.ts';
import { MachineScreen } from './machine-screen.ts';
import { makeMachineTools } from './machine-tools.ts';
import { makeTamperDialog } from './tamper-dialog.ts';

// A screen that nothing serves is lost at once.
vi.mock('./screen-client.ts', () => ({
  ScreenClient: class {
    constructor() {
      throw new Error('nobody there');
    }
  },
}));

vi.mock('../page/page-texts.ts', () => ({ pageTexts: () => ({ 'lab.screen.again': 'again in {seconds} s' }) }));

const life = new AbortController();
const vm: VmView = {
  power: 'on',
  phase: 'ready',
  since: 0,
  acceleration: 'kvm',
  firmware: 'uefi-secure-boot',
  hasTpm: true,
  hasScreen: true,
  hasSecurityKey: false,
  wantsTouch: false,
  tampered: [],
};
const machineOf = (part: Partial<VmView>): VirtualMachine => ({
  name: 'desktop',
  title: 'desktop',
  type: 'vm',
  vm: { ...vm, ...part },
});

beforeEach(() => void vi.stubGlobal('document', drivenDocument()));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('the tools', () => {
  const toolsOf = (part: Partial<VmView>) => {
    const actions = { power: () => undefined, openTamper: () => undefined, mend: () => undefined };
    const tools = makeMachineTools('desktop', actions, life.signal);
    tools.show(machineOf(part), false);
    return tools;
  };
  test('the detail of a trouble is readable without hovering', () => {
    const trouble = driven(toolsOf({ trouble: 'qemu-lost', detail: 'out of memory' }).trouble);
    expect(trouble.shown).toContain('out of memory');
    expect(trouble.all().map(({ title }) => title)).not.toContain('out of memory');
    const plain = driven(toolsOf({ trouble: 'panic' }).trouble);
    expect(plain.shown).toBe('lab.vm.trouble.paniclab.vm.remedy.reset');
  });
  test.each([
    ['uefi', 'lab.tamper.label'],
    ['bios', ''],
  ] as const)('%s: Tamper is "%s"', (firmware, shown) => {
    const element = driven(toolsOf({ firmware }).element);
    const button = element
      .all()
      .find(({ name, textContent }) => name === 'button' && textContent === 'lab.tamper.label');
    expect(button?.shown).toBe(shown);
  });
});

test.each([
  ['uefi-secure-boot', ['command-line', 'boot-loader', 'secure-boot', 'other-machine', 'firmware']],
  ['uefi', ['command-line', 'boot-loader', 'other-machine']],
  ['bios', []],
] as const)('tampering that the server refuses is not offered: %s', (firmware, expected) => {
  const dialog = makeTamperDialog('desktop', () => undefined, life.signal);
  dialog.show({ ...vm, firmware }, false);
  const rows = driven(dialog.element)
    .all()
    .filter(({ name, hidden }) => name === 'li' && !hidden);
  const kinds = rows.map((row) => /^lab\.tamper\.([a-z-]+) /.exec(row.textContent)?.[1]);
  expect(kinds).toEqual(expected);
});

test('the screen’s seconds count visibly; a screen reader is told only once that it is lost', async () => {
  vi.stubGlobal('location', { href: 'http://lab.test/' });
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const session = { view: { id: 'one' } } as unknown as LabSession;
  const ids = { panel: 'panel', tab: 'tab' };
  const screen = new MachineScreen(session, machineOf({}), ids, () => undefined, life.signal);
  const parts = driven(screen.element).all();
  const status = parts.find(({ attributes }) => attributes.get('role') === 'status');
  screen.show(machineOf({}), true, true);
  await vi.waitFor(() => expect(status?.textContent).toBe('lab.screen.lost'));
  const told = status?.timesSet;
  const lostAt = performance.now();
  const seen = [7_000, 5_000].map((beforeMs) => {
    vi.spyOn(performance, 'now').mockReturnValue(lostAt - beforeMs);
    screen.show(machineOf({}), true, true);
    return /again in \d+ s/.exec(driven(screen.element).shown)?.[0];
  });
  expect(seen).toEqual(['again in 8 s', 'again in 6 s']);
  expect([status?.timesSet, status?.shown]).toEqual([told, 'lab.screen.lost']);
});
