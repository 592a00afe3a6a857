// Sends the machine's screen the characters that the reader means. QEMU is told key positions, which its guest reads as an
// American keyboard; characters of another layout are typed on the keys that produce them there. The library handles all
// other keys.
import { isThirdLevel, meaningOf, type PressedKey, type UsKey } from './us-keyboard.ts';

/** @param keysym X11's number of what the key means @param code its position, as `KeyboardEvent.code` */
export type SendKey = (keysym: number, code: string, isDown: boolean) => void;

const keysyms = { ShiftLeft: 0xffe1, ShiftRight: 0xffe2, ControlLeft: 0xffe3, AltLeft: 0xffe9, AltRight: 0xffea };
type Modifier = keyof typeof keysyms;
/**
 * Modifiers that AltGr and Option stand for in the machine, where they would turn a character into a shortcut. On Windows
 * AltGr is two keys.
 */
const thirdLevel: readonly Modifier[] = ['AltRight', 'AltLeft', 'ControlLeft'];

function isShift(code: string): code is 'ShiftLeft' | 'ShiftRight' {
  return code === 'ShiftLeft' || code === 'ShiftRight';
}

export class ScreenKeys {
  readonly #send: SendKey;
  readonly #isMac: boolean;
  readonly #onUntyped: (sign: string) => void;
  /** Shift keys that the machine believes to be pressed. */
  readonly #shifts = new Set<'ShiftLeft' | 'ShiftRight'>();
  /** Keys that were pressed here: the library does not know of them and must not be told that they are released. */
  readonly #taken = new Set<string>();

  /** @param isMac Option types characters there @param onUntyped called for a character that the machine's keyboard does not have */
  constructor(send: SendKey, isMac: boolean, onUntyped: (sign: string) => void) {
    this.#send = send;
    this.#isMac = isMac;
    this.#onUntyped = onUntyped;
  }

  /** @returns whether the key is handled here, so that no other listener sees it */
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

  /** The page has lost the focus and does not learn which keys are released meanwhile. */
  forget(): void {
    this.#shifts.clear();
    this.#taken.clear();
  }

  /** Presses and releases at once: a key that is held repeats, because the browser reports each repetition. */
  #type({ code, needsShift }: UsKey, pressed: PressedKey): void {
    // These are not pressed again afterwards: alone they mean nothing to the machine.
    if (isThirdLevel(pressed, this.#isMac)) for (const key of thirdLevel) this.#send(keysyms[key], key, false);
    const held = [...this.#shifts];
    const added = needsShift && held.length === 0;
    const removed = needsShift ? [] : held;
    if (added) this.#send(keysyms.ShiftLeft, 'ShiftLeft', true);
    for (const key of removed) this.#send(keysyms[key], key, false);
    // X11's numbers for ASCII characters are their code points.
    const keysym = pressed.key.codePointAt(0) ?? 0;
    this.#send(keysym, code, true);
    this.#send(keysym, code, false);
    for (const key of removed) this.#send(keysyms[key], key, true);
    if (added) this.#send(keysyms.ShiftLeft, 'ShiftLeft', false);
  }
}
