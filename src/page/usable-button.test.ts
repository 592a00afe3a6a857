// A button that cannot be pressed keeps the focus: it is never `disabled`, and a press does nothing.
import { expect, test, vi } from 'vitest';
import { makeButton } from '../lab-panel/make-element.ts';
import { driven, drivenDocument } from './driven-document.ts';
import { isUsable, setUsable } from './usable-button.ts';

test('says so to screen readers, is not disabled, and ignores presses', () => {
  vi.stubGlobal('document', drivenDocument());
  let presses = 0;
  const made = makeButton('Reset', 'button', () => presses++, new AbortController().signal);
  const button = driven(made);
  button.click();
  setUsable(made, false);
  expect([isUsable(made), button.disabled, button.attributes.get('aria-disabled')]).toEqual([false, false, 'true']);
  button.click();
  setUsable(made, true);
  expect([isUsable(made), button.attributes.has('aria-disabled')]).toEqual([true, false]);
  button.click();
  expect(presses).toBe(2);
  vi.unstubAllGlobals();
});
