// The window of one virtual machine: puts its parts together and carries out the reader's actions.
import type { PowerAction } from '../../server/protocol/messages.ts';
import { make } from '../lab-panel/make-element.ts';
import type { Question } from '../page/text-key.ts';
import type { LabSession } from '../session/lab-session.ts';
import { power, readAgain, tamper, touchKey, type VirtualMachine } from '../session/machine-actions.ts';
import { text } from '../session/page-texts.ts';
import { makeBootList, type BootList } from './boot-list.ts';
import { makeMachineFacts, type MachineFacts } from './machine-facts.ts';
import { makeMachineHead, type MachineHead } from './machine-head.ts';
import type { MachineHooks } from './machine-hooks.ts';
import { makeMachineTools, type MachineTools } from './machine-tools.ts';
import { makeTamperDialog, type TamperDialog } from './tamper-dialog.ts';
import type { Remedy } from './trouble-model.ts';

export class MachineWindow {
  readonly element: HTMLElement;
  readonly #session: LabSession;
  readonly #name: string;
  readonly #hooks: MachineHooks;
  readonly #head: MachineHead;
  readonly #tools: MachineTools;
  readonly #facts: MachineFacts;
  readonly #boot: BootList = makeBootList();
  readonly #tamper: TamperDialog;
  readonly #body: HTMLElement;
  #machine: VirtualMachine;
  #isOpen: boolean;
  /** In a tab of its own, where it cannot be folded; the reader’s choice stays for when there is room again. */
  #isWhole = false;
  /** An action on the machine is running: another one at the same time would interfere with it. */
  #isBusy = false;
  #isReading = false;

  constructor(session: LabSession, machine: VirtualMachine, isOpen: boolean, hooks: MachineHooks, signal: AbortSignal) {
    const { name, title } = machine;
    this.#session = session;
    this.#name = name;
    this.#hooks = hooks;
    this.#machine = machine;
    this.#isOpen = isOpen;
    const bodyId = `lab-facts-${name}`;
    const head = { toggle: () => this.#toggle(), touch: () => this.#do(touchKey(session, name)) };
    this.#head = makeMachineHead(title, bodyId, head, signal);
    const tools = {
      power: (action: PowerAction, question?: Question) => void this.#power(action, question),
      openTamper: () => this.#tamper.element.showModal(),
      mend: (remedy: Remedy) => this.#mend(remedy),
    };
    this.#tools = makeMachineTools(title, tools, signal);
    this.#facts = makeMachineFacts(() => this.#read(), signal);
    this.#tamper = makeTamperDialog(name, (kind) => this.#do(tamper(session, name, kind)), signal);
    this.#body = make('div', { class: 'machine-body', attributes: { id: bodyId } }, [
      this.#tools.element,
      this.#boot.element,
      this.#facts.element,
    ]);
    const label = { role: 'region', 'aria-label': text('lab.vm.label', { machine: title }) };
    const { trouble, menu } = this.#tools;
    const parts = [this.#head.element, trouble, menu, this.#body, this.#tamper.element];
    this.element = make('section', { class: 'machine-window', attributes: label }, parts);
    this.element.dataset['machine'] = name;
  }

  show(machine: VirtualMachine): void {
    this.#machine = machine;
    const { vm } = machine;
    this.element.dataset['phase'] = vm.power === 'off' ? 'off' : (vm.phase ?? 'starting');
    this.element.dataset['busy'] = String(this.#isBusy);
    this.#head.show(machine, this.#isOpen || this.#isWhole, this.#isBusy);
    this.#tools.show(machine, this.#isBusy);
    this.#boot.show(vm);
    this.#facts.show(machine, this.#isReading);
    this.#tamper.show(vm, this.#isBusy);
    this.#body.hidden = !this.#isOpen && !this.#isWhole;
  }

  /** In its own tab the window is always shown in full. */
  openForGood(isForGood: boolean): void {
    this.element.classList.toggle('whole', isForGood);
    this.#isWhole = isForGood;
    this.show(this.#machine);
  }

  #toggle(): void {
    this.#isOpen = !this.#isOpen;
    this.show(this.#machine);
  }

  async #power(action: PowerAction, question: Question | undefined): Promise<void> {
    if (question !== undefined && !(await this.#hooks.ask(question))) return;
    this.#do(power(this.#session, this.#name, action));
  }

  #mend(remedy: Remedy): void {
    switch (remedy) {
      case 'console':
        return this.#hooks.showConsole(this.#name);
      case 'undo':
        return this.#do(tamper(this.#session, this.#name, 'undo'));
      case 'resetLab':
        return this.#hooks.resetLab();
      case 'restart':
        return this.#do(this.#restart());
      case 'reset':
      case 'start':
        return this.#do(power(this.#session, this.#name, remedy));
    }
  }

  async #restart(): Promise<void> {
    await power(this.#session, this.#name, 'unplug');
    await power(this.#session, this.#name, 'start');
  }

  #read(): void {
    this.#isReading = true;
    const reading = readAgain(this.#session, this.#name).finally(() => {
      this.#isReading = false;
      this.show(this.#machine);
    });
    this.#hooks.attempt(reading);
    this.show(this.#machine);
  }

  #do(action: Promise<void>): void {
    this.#isBusy = true;
    const done = action.finally(() => {
      this.#isBusy = false;
      this.show(this.#machine);
    });
    this.#hooks.attempt(done);
    this.show(this.#machine);
  }
}
