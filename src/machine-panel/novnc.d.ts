// The part of noVNC that we use; the package has no types. Follows its docs/API.md.
declare module '@novnc/novnc' {
  export default class RFB extends EventTarget {
    constructor(target: HTMLElement, url: string, options?: { shared?: boolean; wsProtocols?: string[] });
    scaleViewport: boolean;
    clipViewport: boolean;
    dragViewport: boolean;
    viewOnly: boolean;
    background: string;
    focus(): void;
    blur(): void;
    sendKey(keysym: number, code: string, down: boolean): void;
    sendCtrlAltDel(): void;
    disconnect(): void;
  }
}
