// Sets up noVNC. The only file that loads the library: imported when a screen is first opened.
import RFB from '@novnc/novnc';
import { socketProtocols } from '../session/reader-token.ts';
import { ScreenKeys } from './screen-keys.ts';

export interface ScreenListener {
  onConnect(): void;
  /** The connection was closed or lost; never called after `dispose`. */
  onDisconnect(): void;
  /** A key stood for a character that the machine's keyboard does not have; nothing was sent. */
  onUntyped(sign: string): void;
}

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
  #pictureWidth = 0;

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

  /** The picture's own width in pixels; 0 before there is one. */
  get pictureWidth(): number {
    // A picture that is clipped to its box does not show its width.
    if (!this.#rfb.clipViewport) this.#pictureWidth = this.#place.querySelector('canvas')?.width ?? 0;
    return this.#pictureWidth;
  }

  /**
   * @param isWhole the picture is scaled to its box; otherwise it has its own size, and the box scrolls
   * @param boxLabel what a screen reader calls that box
   */
  scale(isWhole: boolean, boxLabel: string): void {
    if (this.#rfb.scaleViewport === isWhole) return;
    // A finger on the picture is the machine's mouse; on devices without another pointer it scrolls the picture.
    const isDragged = !isWhole && matchMedia('(pointer: coarse)').matches;
    this.#rfb.clipViewport = isDragged;
    this.#rfb.dragViewport = isDragged;
    this.#rfb.scaleViewport = isWhole;
    // The arrow keys scroll the box until the focus is in the picture.
    const box = this.#place.firstElementChild;
    const attributes = { tabindex: '0', role: 'group', 'aria-label': boxLabel };
    for (const [name, value] of Object.entries(attributes))
      if (isWhole) box?.removeAttribute(name);
      else box?.setAttribute(name, value);
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
    listener.onConnect();
  }
}

function keep(event: KeyboardEvent): void {
  event.preventDefault();
  event.stopPropagation();
}
