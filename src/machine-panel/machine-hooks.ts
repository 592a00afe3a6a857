// What the parts of a machine's window ask of the panel. Only types.
import type { Question } from '../page/text-key.ts';

export interface MachineHooks {
  /** Does what the reader asked for; says so when the server refuses. */
  attempt(action: Promise<unknown>): void;
  /** Asks first. @param question key of the question's texts */
  ask(question: Question): Promise<boolean>;
  showConsole(machine: string): void;
  resetLab(): void;
  leave(): void;
}
