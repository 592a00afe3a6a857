// The button for screen reader mode, before the terminal. Visible only while it has the focus; the settings have the same choice.
import { text } from '../session/page-texts.ts';
import { changeTerminalSettings, onTerminalSettings, terminalSettings } from '../terminal/terminal-settings.ts';
import { makeButton } from './make-element.ts';

/** Its label stays the same: its state says whether the mode is on. */
export function makeScreenReaderButton(signal: AbortSignal): HTMLButtonElement {
  const toggle = () => changeTerminalSettings({ isScreenReader: !terminalSettings().isScreenReader });
  const button = makeButton(text('lab.screenReader.mode'), 'button lab-skip', toggle, signal);
  const show = () => button.setAttribute('aria-pressed', String(terminalSettings().isScreenReader));
  onTerminalSettings(show, signal);
  show();
  return button;
}
