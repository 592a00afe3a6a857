// The line that says what this browser does not store. Shown only where site data or cookies are forbidden.
import { isKeeping } from '../page/browser-storage.ts';
import { text } from '../session/page-texts.ts';
import { make } from './make-element.ts';

/** The line; empty and hidden where everything is kept. */
export function makeUnkeptLine(): HTMLElement {
  const words = navigator.cookieEnabled ? (isKeeping() ? '' : text('lab.unkept')) : text('lab.noCookie');
  const element = make('p', { class: 'lab-unkept', text: words });
  element.hidden = words === '';
  return element;
}
