// Makes an element with attributes, children and a listener in one expression. Text stays text: nothing is parsed as HTML.
import { isUsable } from '../page/usable-button.ts';

export interface ElementParts {
  class?: string;
  text?: string;
  attributes?: Record<string, string>;
  /** With a signal, so that no listener outlives its owner. */
  onClick?: { do: () => void; signal: AbortSignal };
}

export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  parts: ElementParts = {},
  children: (Node | string)[] = [],
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  if (parts.class !== undefined) element.className = parts.class;
  if (parts.text !== undefined) element.textContent = parts.text;
  for (const [attribute, value] of Object.entries(parts.attributes ?? {})) element.setAttribute(attribute, value);
  if (parts.onClick !== undefined)
    element.addEventListener('click', parts.onClick.do, { signal: parts.onClick.signal });
  element.append(...children);
  return element;
}

/** A button that never submits anything. While it is not usable (`setUsable`), a press does nothing. */
export function makeButton(label: string, kind: string, action: () => void, signal: AbortSignal): HTMLButtonElement {
  const press = () => isUsable(button) && action();
  const parts = { class: kind, text: label, attributes: { type: 'button' }, onClick: { do: press, signal } };
  const button = make('button', parts);
  return button;
}

/** Sets text only when it differs, so as not to interrupt a screen reader that is reading it. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
