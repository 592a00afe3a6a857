// The attributes of a lesson's action buttons, validated when the site is built.
import { readLabFile } from '../page-schemas/lab-title.ts';
import { isLesson } from '../page-schemas/lesson-schema.ts';
import { powerActions, tamperKinds } from '../../server/protocol/machine-actions.ts';

/** The attributes of all action buttons. */
export interface ActionProps {
  /** A virtual machine of the lesson's lab; its first when absent. */
  machine?: string;
  /** Name of the action on its page; when absent, it is made from what the action does. Needed for a second one of the same kind. */
  id?: string;
  /** The action is done when this text appears on the machine's serial console. */
  until?: string;
  /** Seconds within which it must appear. */
  timeout?: number;
}

/** @throws {Error} naming the page when the kind is unknown */
export function checkKind(action: 'tamper' | 'power', kind: string, page: string): void {
  const known: string[] = action === 'tamper' ? [...tamperKinds, 'undo'] : [...powerActions];
  if (!known.includes(kind)) throw new Error(`${page}: found ${action} ${kind}, expected one of: ${known.join(', ')}`);
}

/**
 * The machine that an action is for.
 * @throws {Error} naming the page when it is not a lesson, or the machine is not a virtual machine of its lab
 */
export function actionMachine(data: Parameters<typeof isLesson>[0], machine: string | undefined, page: string): string {
  if (!isLesson(data)) throw new Error(`${page}: found an action on a machine, expected it in a page of type lesson`);
  const known = readLabFile(data.lab).machines.filter(({ type }) => type === 'vm');
  const found = machine === undefined ? known[0] : known.find(({ name }) => name === machine);
  const valid = known.map(({ name }) => name).join(', ') || 'none';
  if (found === undefined)
    throw new Error(`${page}: found machine=${machine ?? ''}, expected a virtual machine of ${data.lab}: ${valid}`);
  return found.name;
}
