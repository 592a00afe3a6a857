// A document in which a test reads texts and presses buttons. Only for unit tests: no layout, no selectors; no page imports it.

/** Takes the place of an element, as far as the page's parts use one. */
export class DrivenElement extends EventTarget {
  readonly name: string;
  readonly dataset: Record<string, string> = {};
  readonly attributes = new Map<string, string>();
  readonly isConnected = true;
  children: DrivenElement[] = [];
  parent: DrivenElement | undefined;
  className = '';
  title = '';
  hidden = false;
  disabled = false;
  /** How often its own text was set: each time, a live region announces it. */
  timesSet = 0;
  #text = '';

  constructor(name: string) {
    super();
    this.name = name;
  }

  get textContent(): string {
    return this.children.length === 0 ? this.#text : this.children.map(({ textContent }) => textContent).join('');
  }

  set textContent(text: string) {
    this.children = [];
    this.#text = text;
    this.timesSet++;
  }

  get firstElementChild(): DrivenElement | undefined {
    return this.children.find(({ name }) => name !== '#text');
  }

  get classList() {
    return { toggle: () => undefined, remove: () => undefined };
  }

  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }

  getAttribute(name: string): string | null {
    return this.attributes.get(name) ?? null;
  }

  removeAttribute(name: string): void {
    this.attributes.delete(name);
  }

  append(...children: (DrivenElement | string)[]): void {
    for (const child of children) {
      const node = typeof child === 'string' ? new DrivenElement('#text') : child;
      if (typeof child === 'string') node.textContent = child;
      node.parent = this;
      this.children.push(node);
    }
  }

  replaceChildren(...children: (DrivenElement | string)[]): void {
    this.children = [];
    this.append(...children);
  }

  remove(): void {
    if (this.parent !== undefined) this.parent.children = this.parent.children.filter((child) => child !== this);
  }

  /** All elements in it, itself first. */
  all(): DrivenElement[] {
    return [this, ...this.children.flatMap((child) => child.all())];
  }

  /** The visible text, without what is hidden. */
  get shown(): string {
    if (this.hidden) return '';
    return this.children.length === 0 ? this.#text : this.children.map(({ shown }) => shown).join('');
  }

  click(): void {
    this.dispatchEvent(new Event('click'));
  }
}

/** For `vi.stubGlobal('document', …)`. Without texts on the page, each text is its key. */
export function drivenDocument() {
  return { createElement: (name: string) => new DrivenElement(name), getElementById: () => null };
}

/** The driven element behind what the page's code takes for an element. */
export function driven(element: unknown): DrivenElement {
  if (!(element instanceof DrivenElement)) throw new Error('found another element, expected one of drivenDocument()');
  return element;
}
