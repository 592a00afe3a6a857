// How much a lesson transfers, not counting fonts: before its lab starts and after, with Brotli and with gzip.
import type { CDPSession, Page } from '@playwright/test';
import { machinePath } from './support/fixture-site.ts';
import { expect, test } from './support/test.ts';
import { VncPicture } from './support/vnc-picture.ts';

const beforeLabBytes = 150_000;
const afterLabBytes = 350_000;

for (const encoding of ['br', 'gzip'] as const) {
  test(`a lesson is light with ${encoding}`, async ({ reader, server, page }) => {
    test.setTimeout(180_000);
    const wire = await Wire.under(page, encoding);
    await reader.open(server.url);
    const lessons = await page
      .locator('nav a[href]')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
    const weights: Record<string, number> = {};
    for (const lesson of new Set(lessons.filter((href) => /^\/(build|encrypt)\/[^/]+\/$/.test(href)))) {
      await wire.rest();
      wire.forget();
      await reader.open(server.url, lesson);
      await wire.rest();
      weights[lesson] = wire.bytes;
      expect(wire.bytes, `${lesson}: ${wire.list()}`).toBeLessThan(beforeLabBytes);
    }
    expect(Object.keys(weights).length).toBeGreaterThan(5);
    expect([...wire.encodings]).toEqual([encoding]);

    // The heaviest page, and everything that a lab loads: terminal, panel and the machine's screen.
    await using picture = await VncPicture.before(server.port);
    await reader.open(picture.url, machinePath);
    await wire.rest();
    wire.forget();
    await reader.button('Start the lab').click();
    await reader.seesPrompt();
    await page.getByRole('tab', { name: 'Screen' }).click();
    await expect(page.locator('.lab-screen canvas')).toBeVisible();
    await wire.rest();
    expect(wire.bytes, wire.list()).toBeGreaterThan(100_000);
    expect(Math.max(...Object.values(weights)) + wire.bytes, wire.list()).toBeLessThan(afterLabBytes);
  });
}

interface Transfer {
  url: string;
  isFont: boolean;
  bytes: number | undefined;
}

/** Counts what comes over the network, including headers; WebSockets depend on what a reader does and do not count. */
class Wire {
  readonly #transfers = new Map<string, Transfer>();
  /** The encodings that were seen, apart from none at all. */
  readonly encodings = new Set<string>();

  private constructor(session: CDPSession) {
    session.on('Network.requestWillBeSent', ({ requestId, request, type }) => {
      this.#transfers.set(requestId, { url: request.url, isFont: type === 'Font', bytes: undefined });
    });
    session.on('Network.responseReceived', ({ response }) => {
      const encoding = response.headers['content-encoding'];
      if (encoding !== undefined) this.encodings.add(encoding);
    });
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) =>
      this.#end(requestId, encodedDataLength),
    );
    session.on('Network.loadingFailed', ({ requestId }) => this.#end(requestId, 0));
  }

  static async under(page: Page, encoding: 'br' | 'gzip'): Promise<Wire> {
    const session = await page.context().newCDPSession(page);
    const wire = new Wire(session);
    await session.send('Network.enable');
    await session.send('Network.setCacheDisabled', { cacheDisabled: true });
    await session.send('Network.setExtraHTTPHeaders', { headers: { 'accept-encoding': encoding } });
    return wire;
  }

  get bytes(): number {
    return this.#counted().reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  }

  list(): string {
    return this.#counted()
      .map(({ url, bytes }) => `${bytes} ${new URL(url).pathname}`)
      .join('\n');
  }

  forget(): void {
    this.#transfers.clear();
  }

  /** Waits until no request is running. */
  async rest(): Promise<void> {
    await expect
      .poll(() => [...this.#transfers.values()].filter(({ bytes }) => bytes === undefined).map(({ url }) => url))
      .toEqual([]);
  }

  #counted(): Transfer[] {
    return [...this.#transfers.values()].filter(({ url, isFont }) => !isFont && url.startsWith('http'));
  }

  #end(id: string, bytes: number): void {
    const transfer = this.#transfers.get(id);
    if (transfer !== undefined) transfer.bytes = bytes;
  }
}
