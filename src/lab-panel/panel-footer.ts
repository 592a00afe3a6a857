// The panel's last line: the most important shortcuts, limits that this host cannot enforce, the terminal's size.
import type { SessionView } from '../../server/protocol/messages.ts';
import { text } from '../session/page-texts.ts';
import { make, setText } from './make-element.ts';

export interface PanelFooter {
  element: HTMLElement;
  show(session: SessionView | undefined): void;
  showSize(columns: number, rows: number): void;
}

/** Makes the line; both of its changing parts are empty at first. */
export function makePanelFooter(): PanelFooter {
  const unenforced = make('span', { class: 'lab-unenforced' });
  const size = make('span', { class: 'lab-size' });
  const element = make('div', { class: 'lab-footer' }, [
    make('span', { text: text('lab.footer.copy') }),
    make('span', { text: text('lab.footer.paste') }),
    make('span', { text: text('lab.footer.leave') }),
    unenforced,
    size,
  ]);
  return {
    element,
    show: (session) => {
      const names = (session?.unenforced ?? []).map((limit) => text(`lab.limit.${limit}`)).join(', ');
      setText(unenforced, names === '' ? '' : text('lab.footer.unenforced', { names }));
    },
    showSize: (columns, rows) => {
      setText(size, `${columns} × ${rows}`);
      size.title = text('lab.footer.size', { columns, rows });
    },
  };
}
