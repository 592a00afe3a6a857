// A substitute for what a real virtual machine reports: changes the server's messages on their way to the page. The page, the
// server and the terminal are real; the test sets the machine's state. vm-panel.spec.ts tests real machines.
import type { Page, WebSocketRoute } from '@playwright/test';
import type { MachineWindow, ServerEvent, SessionView, VmView, WindowDisk } from '../../../server/protocol/messages.ts';

/** Changes what pages are told about every virtual machine. */
export class MachineViews {
  readonly #pages = new Set<WebSocketRoute>();
  #part: Partial<VmView>;
  #last: SessionView | undefined;

  private constructor(part: Partial<VmView>) {
    this.#part = part;
  }

  static async on(page: Page, part: Partial<VmView>): Promise<MachineViews> {
    const views = new MachineViews(part);
    await page.routeWebSocket(/\/socket$/, (route) => views.#join(route));
    // For what the page requests by itself, for example while the lab starts.
    await page.route(/\/api\/sessions(\/\w+)?$/, async (route) => {
      const answer = await route.fetch();
      const body: unknown = answer.status() === 204 ? undefined : await answer.json();
      const change = (one: unknown) => (isSession(one) ? views.#changed(one) : one);
      if (body === undefined) await route.fulfill({ response: answer });
      else await route.fulfill({ response: answer, json: Array.isArray(body) ? body.map(change) : change(body) });
    });
    return views;
  }

  /** Sets the machine's state from now on. */
  become(part: Partial<VmView>): void {
    this.#part = part;
    if (this.#last === undefined) return;
    for (const page of this.#pages) page.send(JSON.stringify({ type: 'session', session: this.#changed(this.#last) }));
  }

  #join(route: WebSocketRoute): void {
    const server = route.connectToServer();
    this.#pages.add(route);
    server.onMessage((message) => route.send(typeof message === 'string' ? this.#pass(message) : message));
    route.onMessage((message) => server.send(message));
  }

  #pass(message: string): string {
    const event = JSON.parse(message) as ServerEvent;
    if (event.type !== 'hello' && event.type !== 'session') return message;
    this.#last = event.session;
    return JSON.stringify({ ...event, session: this.#changed(event.session) });
  }

  #changed(session: SessionView): SessionView {
    const machines = session.machines.map((machine) =>
      machine.vm === undefined ? machine : { ...machine, vm: { ...machine.vm, ...this.#part } },
    );
    return { ...session, machines };
  }
}

function isSession(value: unknown): value is SessionView {
  return typeof value === 'object' && value !== null && 'machines' in value;
}

/** A reading such as a machine of the encryption chapter gives. @param changed PCRs that differ from the previous boot */
export function reading(changed: number[] = []): MachineWindow {
  const pcrs = Array.from({ length: 16 }, (_, index) => ({
    index,
    value:
      index > 10 && index < 14
        ? '0'.repeat(64)
        : ((index + 1) * 2_654_435_761).toString(16).padStart(8, '0').slice(-8).repeat(8),
    changed: changed.includes(index),
  }));
  const luks: WindowDisk['luks'] = {
    uuid: '3f9f5a0e-3c30-4a8c-9b1f-0d1c8b7f6a11',
    isOpen: true,
    slots: [
      { slot: 0, kind: 'password' },
      { slot: 1, kind: 'recovery' },
      { slot: 2, kind: 'tpm2', pcrs: [7], pin: true },
    ],
  };
  return {
    readAt: Date.now(),
    bootId: 'b',
    secureBoot: 'on',
    pcrs,
    disks: [
      { device: '/dev/vda1', sizeBytes: 134_217_728 },
      { device: '/dev/vda2', sizeBytes: 536_870_912 },
      { device: '/dev/vda3', sizeBytes: 3_865_470_566, luks },
      { device: '/dev/vdb', sizeBytes: 268_435_456 },
    ],
    deployment: { checksum: '9b1f0d1c8b7f6a113f9f5a0e3c304a8c'.repeat(2), version: '13.7' },
    kernelArguments:
      'root=/dev/mapper/root ostree=/ostree/boot.1/debian/9b1f0d1c8b7f/0 rd.luks.name=3f9f5a0e-3c30-4a8c-9b1f-0d1c8b7f6a11=root console=tty0 console=ttyS0',
  };
}
