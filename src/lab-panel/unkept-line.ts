// The line that says what this browser does not store. Shown only where site data or cookies are blocked.
import { isKeeping } from '../page/browser-storage.ts';
import { text } from '../session/page-texts.ts';
import { isCookieless, whenCookieless } from '../session/reader-token.ts';
import { make, setText } from './make-element.ts';

/** The line; empty and hidden where everything is kept. The server's answers show whether a cookie is kept. */
export function makeUnkeptLine(): HTMLElement {
  const element = make('p', { class: 'lab-unkept' });
  const show = () => {
    const words = [
      ...(isCookieless() ? [text('lab.noCookie')] : []),
      ...(isKeeping() ? [] : [text('lab.unkept')]),
    ].join(' ');
    setText(element, words);
    element.hidden = words === '';
  };
  show();
  void whenCookieless.then(show);
  return element;
}
