// The reader's settings for the terminals, and rarely used actions on the lab.
import { text } from '../session/page-texts.ts';
import {
  changeTerminalSettings,
  clampFont,
  largestFont,
  onTerminalSettings,
  smallestFont,
  terminalSettings,
  type TerminalSettings,
} from '../terminal/terminal-settings.ts';
import { make, makeButton } from './make-element.ts';

export interface SettingsActions {
  redraw(): void;
  extend(): void;
  reset(): void;
  end(): void;
  forgetProgress(): void;
}

/** A dialog element; open it with `showModal()`. */
export function makeSettingsDialog(actions: SettingsActions, signal: AbortSignal): HTMLDialogElement {
  const dialog = make('dialog', { class: 'lab-dialog', attributes: { 'aria-labelledby': 'lab-settings-title' } });
  const close = () => dialog.close();
  const andClose = (action: () => void) => () => {
    close();
    action();
  };
  dialog.append(
    make('h2', { text: text('lab.settings.title'), attributes: { id: 'lab-settings-title' } }),
    fontField(signal),
    themeField(signal),
    screenReaderField(signal),
    make('h3', { text: text('lab.settings.lab') }),
    make('div', { class: 'lab-dialog-row' }, [
      makeButton(text('lab.settings.redraw'), 'button', andClose(actions.redraw), signal),
      makeButton(text('lab.action.extend'), 'button', andClose(actions.extend), signal),
      makeButton(text('lab.settings.reset'), 'button', andClose(actions.reset), signal),
      makeButton(text('lab.settings.end'), 'button', andClose(actions.end), signal),
      makeButton(text('lab.settings.forgetProgress'), 'button', andClose(actions.forgetProgress), signal),
    ]),
    make('div', { class: 'lab-dialog-end' }, [makeButton(text('lab.settings.close'), 'button primary', close, signal)]),
  );
  return dialog;
}

function fontField(signal: AbortSignal): HTMLElement {
  const field = make('input', {
    attributes: {
      type: 'number',
      id: 'lab-font',
      min: String(smallestFont),
      max: String(largestFont),
      value: String(terminalSettings().fontSize),
    },
  });
  field.addEventListener(
    'change',
    () => {
      const fontSize = clampFont(field.valueAsNumber || terminalSettings().fontSize);
      field.value = String(fontSize);
      changeTerminalSettings({ fontSize });
    },
    { signal },
  );
  return row('lab-font', text('lab.settings.font'), field);
}

function themeField(signal: AbortSignal): HTMLElement {
  const choices: TerminalSettings['theme'][] = ['dark', 'light', 'page'];
  const field = make(
    'select',
    { attributes: { id: 'lab-theme' } },
    choices.map((value) => make('option', { text: text(`lab.settings.theme.${value}`), attributes: { value } })),
  );
  field.value = terminalSettings().theme;
  field.addEventListener('change', () => changeTerminalSettings({ theme: choices[field.selectedIndex] ?? 'dark' }), {
    signal,
  });
  return row('lab-theme', text('lab.settings.theme'), field);
}

function screenReaderField(signal: AbortSignal): HTMLElement {
  const field = make('input', { attributes: { type: 'checkbox', id: 'lab-screen-reader' } });
  field.checked = terminalSettings().isScreenReader;
  field.addEventListener('change', () => changeTerminalSettings({ isScreenReader: field.checked }), { signal });
  onTerminalSettings(({ isScreenReader }) => (field.checked = isScreenReader), signal);
  return row('lab-screen-reader', text('lab.settings.screenReader'), field);
}

function row(id: string, label: string, field: HTMLElement): HTMLElement {
  return make('div', { class: 'lab-dialog-row' }, [make('label', { text: label, attributes: { for: id } }), field]);
}
