// Pages that are connected to a session: how many there may be, their link to the terminals, what they are told.
import { LabError } from '../errors.ts';
import type { SessionView } from '../protocol/messages.ts';
import type { TerminalService } from '../terminals/terminal-service.ts';
import { notReady, type Entry, type SessionBook } from './session-book.ts';
import { isAlive } from './session-record.ts';
import type { ConnectedPage } from './session-service.ts';
import type { WindowReadings } from './window-readings.ts';

export interface ConnectedPageOptions {
  book: SessionBook;
  terminals: TerminalService;
  readings: WindowReadings;
  viewersPerSession: number;
}

export class ConnectedPages {
  readonly #options: ConnectedPageOptions;

  constructor(options: ConnectedPageOptions) {
    this.#options = options;
  }

  /** @throws {LabError} LAB_ERR_NOT_READY when it has ended, LAB_ERR_TOO_MANY, LAB_ERR_PTY_HOST */
  async connect(entry: Entry): Promise<ConnectedPage> {
    const { book, terminals, readings, viewersPerSession: most } = this.#options;
    const { id } = entry.record;
    if (!isAlive(entry.record)) throw notReady(entry.record);
    if (entry.pages >= most)
      throw new LabError('LAB_ERR_TOO_MANY', `${most} pages already show this session; close one of them`);
    entry.pages += 1;
    readings.soon(id);
    let link: ConnectedPage['link'] | undefined;
    try {
      link = await terminals.connectViewer(id);
      const blocks = await terminals.blocks(id);
      book.used(entry);
      return this.#page(entry, link, blocks);
    } catch (failure) {
      // Nothing else refers to this link: it would receive the terminals' messages until the session ends.
      link?.close();
      entry.pages -= 1;
      throw failure;
    }
  }

  #page(entry: Entry, link: ConnectedPage['link'], blocks: ConnectedPage['blocks']): ConnectedPage {
    const { book } = this.#options;
    let listener: ((session: SessionView) => void) | undefined;
    const forget = book.onChange(entry.record.id, (view) => listener?.(view));
    let hasLeft = false;
    return {
      link,
      blocks,
      session: book.view(entry),
      onChange: (next) => (listener = next),
      leave: () => {
        if (hasLeft) return;
        hasLeft = true;
        entry.pages -= 1;
        book.used(entry);
        forget();
        link.close();
      },
    };
  }
}
