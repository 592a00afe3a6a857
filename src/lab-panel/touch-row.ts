// The row of keys that touch keyboards lack. It never takes the focus, because that would close the keyboard.
import { text } from '../session/page-texts.ts';
import { touchKeyData, touchKeys, type TouchKey } from '../terminal/touch-keys.ts';
import type { TerminalView } from '../terminal/terminal-view.ts';
import { readClipboard } from '../terminal/clipboard.ts';
import { make, makeButton } from './make-element.ts';

export interface TouchRow {
  element: HTMLElement;
  /** Whether Ctrl was pressed; also releases it. */
  takeControl(): boolean;
}

export function makeTouchRow(view: () => TerminalView | undefined, signal: AbortSignal): TouchRow {
  const buttons = new Map<TouchKey, HTMLButtonElement>();
  const control = () => buttons.get('control');
  const isControl = () => control()?.getAttribute('aria-pressed') === 'true';
  const setControl = (isPressed: boolean) => control()?.setAttribute('aria-pressed', String(isPressed));
  const press = (key: TouchKey) => {
    if (key === 'control') return setControl(!isControl());
    const terminal = view();
    if (terminal === undefined) return;
    terminal.type(touchKeyData(key, { isApplicationCursor: terminal.isApplicationCursor, isControl: isControl() }));
    setControl(false);
  };
  for (const key of touchKeys) {
    const button = makeButton(text(`lab.key.${key}`), 'lab-key', () => press(key), signal);
    const name = text(`lab.keyName.${key}`);
    if (name !== button.textContent) button.setAttribute('aria-label', name);
    buttons.set(key, button);
  }
  setControl(false);
  const paste = makeButton(text('lab.key.paste'), 'lab-key', () => void pasteInto(view()), signal);
  const element = make(
    'div',
    { class: 'lab-keys', attributes: { role: 'toolbar', 'aria-label': text('lab.keys.label') } },
    [...buttons.values(), paste],
  );
  element.addEventListener('pointerdown', (event) => event.preventDefault(), { signal });
  return {
    element,
    takeControl: () => {
      const wasPressed = isControl();
      if (wasPressed) setControl(false);
      return wasPressed;
    },
  };
}

async function pasteInto(view: TerminalView | undefined): Promise<void> {
  const words = await readClipboard();
  if (words !== undefined) view?.paste(words);
}
