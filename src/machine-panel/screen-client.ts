// noVNC, set up our way. The only file that loads the library: imported when a screen is first opened.
import RFB from '@novnc/novnc';
import { socketProtocols } from '../session/reader-token.ts';
import { ScreenKeys } from './screen-keys.ts';

export interface ScreenListener {
  onConnect(): void;
  /** It was closed or lost; never after `dispose`. */
  onDisconnect(): void;
  /** A key meant a sign that the machine's keyboard does not have; nothing was sent. */
  onUntyped(sign: string): void;
}

/** The keys of the page's own chords, by X11's numbers and the keyboard's names. */
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

  /** Connects at once. @param address WebSocket address of the VNC stream @param label what a screen reader says */
  constructor(place: HTMLElement, address: string, label: string, listener: ScreenListener) {
    // Shared: a second tab of the reader looks at the same screen.
    const rfb = new RFB(place, address, { shared: true, wsProtocols: socketProtocols('binary') });
    this.#rfb = rfb;
    this.#place = place;
    rfb.scaleViewport = true;
    rfb.background = 'transparent';
    const { signal } = this.#life;
    const send = (keysym: number, code: string, isDown: boolean) => rfb.sendKey(keysym, code, isDown);
    const isMac = /^(Mac|iP)/.test(navigator.platform);
    this.#keys = new ScreenKeys(send, isMac, (sign) => listener.onUntyped(sign));
    // Before the library, which listens on the picture.
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
    // A picture that is cut to its place does not tell its width.
    if (!this.#rfb.clipViewport) this.#pictureWidth = this.#place.querySelector('canvas')?.width ?? 0;
    return this.#pictureWidth;
  }

  /**
   * @param isWhole the picture is scaled to its place; else it has its own size, and its box scrolls
   * @param boxLabel what a screen reader says of that box
   */
  scale(isWhole: boolean, boxLabel: string): void {
    if (this.#rfb.scaleViewport === isWhole) return;
    // A finger on the picture is the machine's mouse: where there is no other, it moves the picture.
    const isDragged = !isWhole && matchMedia('(pointer: coarse)').matches;
    this.#rfb.clipViewport = isDragged;
    this.#rfb.dragViewport = isDragged;
    this.#rfb.scaleViewport = isWhole;
    // With the arrow keys the box is scrolled before one enters the picture.
    const box = this.#place.firstElementChild;
    const attributes = { tabindex: '0', role: 'group', 'aria-label': boxLabel };
    for (const [name, value] of Object.entries(attributes))
      if (isWhole) box?.removeAttribute(name);
      else box?.setAttribute(name, value);
  }

  /** Gives the keys back to the page, and lets go of those that are held down in the machine. */
  leave(): void {
    this.#rfb.blur();
    this.#keys.forget();
    // Their going up is the page's to see: in the machine they would stay down.
    for (const [key, code] of modifiers) this.#rfb.sendKey(key, code, false);
    // The library forgets which keys it believes to be down.
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
