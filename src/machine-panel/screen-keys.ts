// Sends the machine's screen what the reader's keyboard means. QEMU is told places of keys, and its guest reads them as an
// American keyboard; another layout's signs are typed on the keys that write them there. All other keys are the library's.
import { isThirdLevel, meaningOf, type PressedKey, type UsKey } from './us-keyboard.ts';

/** @param keysym X11's number of what the key means @param code its place, as `KeyboardEvent.code` */
export type SendKey = (keysym: number, code: string, isDown: boolean) => void;

const keysyms = { ShiftLeft: 0xffe1, ShiftRight: 0xffe2, ControlLeft: 0xffe3, AltLeft: 0xffe9, AltRight: 0xffea };
type Modifier = keyof typeof keysyms;
/** What AltGr and Option are in the machine, where they would turn a sign into a shortcut. Windows makes AltGr of two keys. */
const thirdLevel: readonly Modifier[] = ['AltRight', 'AltLeft', 'ControlLeft'];

function isShift(code: string): code is 'ShiftLeft' | 'ShiftRight' {
  return code === 'ShiftLeft' || code === 'ShiftRight';
}

export class ScreenKeys {
  readonly #send: SendKey;
  readonly #isMac: boolean;
  readonly #onUntyped: (sign: string) => void;
  /** Shift keys that the machine believes to be down. */
  readonly #shifts = new Set<'ShiftLeft' | 'ShiftRight'>();
  /** Keys that went down here: the library has not heard of them, and is not to hear that they go up. */
  readonly #taken = new Set<string>();

  /** @param isMac Option writes signs there @param onUntyped a sign was meant that the machine's keyboard does not have */
  constructor(send: SendKey, isMac: boolean, onUntyped: (sign: string) => void) {
    this.#send = send;
    this.#isMac = isMac;
    this.#onUntyped = onUntyped;
  }

  /** @returns whether the key is handled, so that no other listener sees it */
  down(pressed: PressedKey): boolean {
    if (isShift(pressed.code)) this.#shifts.add(pressed.code);
    const meaning = meaningOf(pressed, this.#isMac);
    if (meaning.kind === 'same') {
      this.#taken.delete(pressed.code);
      return false;
    }
    this.#taken.add(pressed.code);
    if (meaning.kind === 'other') this.#type(meaning.key, pressed);
    else if (meaning.sign !== '') this.#onUntyped(meaning.sign);
    return true;
  }

  /** @returns as `down` */
  up({ code }: Pick<KeyboardEvent, 'code'>): boolean {
    if (isShift(code)) this.#shifts.delete(code);
    return this.#taken.delete(code);
  }

  /** The page has lost the focus: it does not learn which keys went up meanwhile. */
  forget(): void {
    this.#shifts.clear();
    this.#taken.clear();
  }

  /** Down and up at once: a key that is held repeats by itself, as the browser tells each time. */
  #type({ code, needsShift }: UsKey, pressed: PressedKey): void {
    // Not pressed again afterwards: alone they mean nothing to the machine.
    if (isThirdLevel(pressed, this.#isMac)) for (const key of thirdLevel) this.#send(keysyms[key], key, false);
    const held = [...this.#shifts];
    const added = needsShift && held.length === 0;
    const removed = needsShift ? [] : held;
    if (added) this.#send(keysyms.ShiftLeft, 'ShiftLeft', true);
    for (const key of removed) this.#send(keysyms[key], key, false);
    // X11's numbers of ASCII's signs are their code points.
    const keysym = pressed.key.codePointAt(0) ?? 0;
    this.#send(keysym, code, true);
    this.#send(keysym, code, false);
    for (const key of removed) this.#send(keysyms[key], key, true);
    if (added) this.#send(keysyms.ShiftLeft, 'ShiftLeft', false);
  }
}
