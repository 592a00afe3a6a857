// What the parts of a machine's window need from the panel. Only types.
import type { Question } from '../page/text-key.ts';

export interface MachineHooks {
  /** Does what the reader asked for, and reports a refusal by the server. */
  attempt(action: Promise<unknown>): void;
  /** Asks the reader first. @param question key of the question's texts */
  ask(question: Question): Promise<boolean>;
  showConsole(machine: string): void;
  resetLab(): void;
  leave(): void;
}
