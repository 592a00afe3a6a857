// Sets up noVNC. The only file that loads the library: imported when a screen is first opened.
import RFB from '@novnc/novnc';
import { markEdges } from '../lab-panel/scroll-edges.ts';
import { socketProtocols } from '../session/reader-token.ts';
import { contentCorner } from './screen-content.ts';
import { ScreenKeys } from './screen-keys.ts';
import type { Size } from './screen-scale.ts';

export interface ScreenListener {
  onConnect(): void;
  /** The connection was closed or lost; never called after `dispose`. */
  onDisconnect(): void;
  /** A key stood for a character that the machine's keyboard does not have; nothing was sent. */
  onUntyped(sign: string): void;
}

/** Left of the contents that are scrolled to, so that one sees that they begin there. */
const besidePx = 12;

/** The keys of the page's own key combinations, by X11's numbers and the keyboard's names. */
const modifiers = [
  [0xffe1, 'ShiftLeft'],
  [0xffe2, 'ShiftRight'],
  [0xffe3, 'ControlLeft'],
  [0xffe4, 'ControlRight'],
  [0xffe9, 'AltLeft'],
  [0xffea, 'AltRight'],
] as const;

export class ScreenClient {
  readonly #rfb: RFB;
  readonly #keys: ScreenKeys;
  readonly #life = new AbortController();
  readonly #place: HTMLElement;
  #isClosed = false;
  /** The size of the picture for which its contents were brought into sight. */
  #revealed = '';

  /** Connects at once. @param address WebSocket address of the VNC stream @param label what a screen reader calls it */
  constructor(place: HTMLElement, address: string, label: string, listener: ScreenListener) {
    // Shared, so that a second tab of the reader can show the same screen.
    const rfb = new RFB(place, address, { shared: true, wsProtocols: socketProtocols('binary') });
    this.#rfb = rfb;
    this.#place = place;
    rfb.scaleViewport = true;
    rfb.background = 'transparent';
    const { signal } = this.#life;
    const send = (keysym: number, code: string, isDown: boolean) => rfb.sendKey(keysym, code, isDown);
    const isMac = /^(Mac|iP)/.test(navigator.platform);
    this.#keys = new ScreenKeys(send, isMac, (sign) => listener.onUntyped(sign));
    // Must run before the library, which listens on the picture.
    const early = { signal, capture: true };
    place.addEventListener('keydown', (event) => this.#keys.down(event) && keep(event), early);
    place.addEventListener('keyup', (event) => this.#keys.up(event) && keep(event), early);
    window.addEventListener('blur', () => this.#keys.forget(), { signal });
    rfb.addEventListener('connect', () => this.#name(place, label, listener), { signal });
    rfb.addEventListener(
      'disconnect',
      () => {
        this.#isClosed = true;
        listener.onDisconnect();
      },
      { signal },
    );
  }

  focus(): void {
    this.#rfb.focus();
  }

  /** The picture's own size in pixels; undefined before there is one. */
  get picture(): Size | undefined {
    const { width, height } = this.#place.querySelector('canvas') ?? { width: 0, height: 0 };
    return width === 0 || height === 0 ? undefined : { width, height };
  }

  /**
   * @param isWhole the picture is scaled to its box; otherwise it has its own size, and the box scrolls
   * @param boxLabel what a screen reader calls that box
   */
  scale(isWhole: boolean, boxLabel: string): void {
    if (this.#rfb.scaleViewport === isWhole) return;
    this.#rfb.scaleViewport = isWhole;
    // A finger on the picture is the machine's mouse; where there is no other pointer, the styles let it scroll instead.
    this.#place.toggleAttribute('data-own-size', !isWhole);
    this.#revealed = '';
    // The arrow keys scroll the box until the focus is in the picture.
    const box = this.#place.firstElementChild;
    const attributes = { tabindex: '0', role: 'group', 'aria-label': boxLabel };
    for (const [name, value] of Object.entries(attributes))
      if (isWhole) box?.removeAttribute(name);
      else box?.setAttribute(name, value);
  }

  /** At its own size: scrolls to the beginning of what is on the picture, once for each size, as soon as there is something. */
  reveal(): void {
    const [canvas, box] = [this.#place.querySelector('canvas'), this.#place.firstElementChild];
    if (this.#rfb.scaleViewport || canvas === null || box === null || canvas.width === 0) return;
    const { width, height } = canvas;
    if (this.#revealed === `${width} ${height}`) return;
    const pixels = canvas.getContext('2d')?.getImageData(0, 0, width, height).data;
    const corner = pixels && contentCorner(pixels, width);
    if (corner === undefined) return;
    this.#revealed = `${width} ${height}`;
    box.scrollTo({ left: corner.left - besidePx, top: corner.top - besidePx, behavior: 'instant' });
  }

  /** Returns the keys to the page, and releases those that are held down in the machine. */
  leave(): void {
    this.#rfb.blur();
    this.#keys.forget();
    // The page sees these keys being released; in the machine they would stay pressed.
    for (const [key, code] of modifiers) this.#rfb.sendKey(key, code, false);
    // Makes the library forget which keys it believes to be pressed.
    this.#rfb.viewOnly = true;
    this.#rfb.viewOnly = false;
  }

  sendCtrlAltDel(): void {
    this.#rfb.sendCtrlAltDel();
  }

  dispose(): void {
    this.#life.abort();
    if (!this.#isClosed) this.#rfb.disconnect();
  }

  #name(place: HTMLElement, label: string, listener: ScreenListener): void {
    const canvas = place.querySelector('canvas');
    canvas?.setAttribute('role', 'application');
    canvas?.setAttribute('aria-label', label);
    const box = place.firstElementChild;
    if (box instanceof HTMLElement) {
      markEdges(box, this.#life.signal);
      // Where the picture itself leaves taps to the box.
      box.addEventListener('click', ({ target }) => target === box && this.focus(), { signal: this.#life.signal });
    }
    listener.onConnect();
  }
}

function keep(event: KeyboardEvent): void {
  event.preventDefault();
  event.stopPropagation();
}
