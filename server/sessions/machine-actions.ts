// What readers do to virtual machines from outside: power, tampering, touch, window, screen. One action at a time for each machine.
import { LabError } from '../errors.ts';
import type { Engine } from '../machines/engine.ts';
import { closeCode } from '../protocol/close-codes.ts';
import type { MachineView, PowerAction, TamperKind } from '../protocol/messages.ts';
import { isVm } from './lab-machines.ts';
import type { Entry, SessionBook } from './session-book.ts';
import type { ConnectedScreen } from './session-service.ts';

export interface ActionOptions {
  book: SessionBook;
  engine: Engine;
  /** Graphical consoles that may be connected to one session at once. */
  viewersPerSession: number;
}

export class MachineActions {
  readonly #options: ActionOptions;

  constructor(options: ActionOptions) {
    this.#options = options;
  }

  power(entry: Entry, machine: string, action: PowerAction): Promise<MachineView> {
    return this.#act(entry, machine, (id) => this.#options.engine.power(id, machine, action));
  }

  tamper(entry: Entry, machine: string, kind: TamperKind | 'undo'): Promise<MachineView> {
    return this.#act(entry, machine, (id) => this.#options.engine.tamper(id, machine, kind));
  }

  /** Not queued with the other actions: a restart may be what waits for the touch. */
  async touch(entry: Entry, machine: string): Promise<MachineView> {
    const { id } = this.#ofVm(entry, machine);
    this.#options.book.used(entry);
    await this.#options.engine.touchSecurityKey(id, machine);
    return this.#view(entry, machine);
  }

  /** Pages ask for it by themselves, so it does not count as a sign of the reader. */
  async readWindow(entry: Entry, machine: string): Promise<MachineView> {
    const { id } = this.#ofVm(entry, machine);
    await this.#options.engine.readWindow(id, machine);
    return this.#view(entry, machine);
  }

  async openScreen(entry: Entry, machine: string): Promise<ConnectedScreen> {
    const { book, engine, viewersPerSession: most } = this.#options;
    const { id } = this.#ofVm(entry, machine);
    if (entry.screens >= most)
      throw new LabError('LAB_ERR_TOO_MANY', `${most} screens of this session are already shown; close one of them`);
    entry.screens += 1;
    const opened = await engine.openScreen(id, machine).catch((failure: unknown) => {
      entry.screens -= 1;
      throw failure;
    });
    this.#options.book.used(entry);
    let onEnd: (code: number, reason: string) => void = () => undefined;
    const forget = book.onChange(id, ({ state }) => {
      if (state !== 'ready') onEnd(closeCode.ended, 'the session has ended');
    });
    let hasLeft = false;
    return {
      stream: opened,
      onEnd: (listener) => (onEnd = listener),
      isUsed: () => book.used(entry),
      leave: () => {
        if (hasLeft) return;
        hasLeft = true;
        entry.screens -= 1;
        forget();
        opened.destroy();
      },
    };
  }

  async #act(entry: Entry, machine: string, work: (id: string) => Promise<void>): Promise<MachineView> {
    const { id } = this.#ofVm(entry, machine);
    if (entry.acting.has(machine))
      throw new LabError('LAB_ERR_BUSY', `another action on ${machine} is in progress; try again when it has ended`);
    entry.acting.add(machine);
    this.#options.book.used(entry);
    try {
      await work(id);
    } finally {
      entry.acting.delete(machine);
      this.#options.book.used(entry);
    }
    return this.#view(entry, machine);
  }

  #ofVm(entry: Entry, machine: string): { id: string } {
    if (isVm(entry.lab, machine)) return entry.record;
    const names = entry.lab.file.machines.flatMap(({ name, type }) => (type === 'vm' ? [name] : []));
    const expected = names.length === 0 ? 'this lab has none' : `expected one of: ${names.join(', ')}`;
    throw new LabError('LAB_ERR_BAD_REQUEST', `"${machine}" is not a virtual machine of the lab; ${expected}`);
  }

  #view(entry: Entry, machine: string): MachineView {
    return this.#options.book.view(entry).machines.find(({ name }) => name === machine)!;
  }
}
