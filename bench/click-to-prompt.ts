// From “Start the lab” to a prompt on the screen: how long a reader waits, over HTTP and the WebSocket, without a browser.
import type { ServerEvent, SessionView } from '../server/protocol/messages.ts';
import { LabReader } from '../tests/lessons/lab-reader.ts';
import { PageTerminal, pollUntil } from '../tests/support/page-terminal.ts';

/** A start under full load was seen to take 8 s. */
const promptWithinMs = 60_000;

/** @returns milliseconds from the request to the prompt; the session is ended afterwards. @throws {Error} when it fails */
export async function clickToPrompt(url: string, lab: string): Promise<number> {
  const reader = new LabReader(url);
  // The page has been open for a while, so it has its cookie.
  await reader.call('GET', `/api/labs/${lab}`);
  const startedAt = performance.now();
  const view = await reader.call<SessionView>('POST', '/api/sessions', { lab });
  const link = await reader.openSocket(view);
  const terminal = new PageTerminal(0);
  let session = view;
  terminal.use({
    ...link,
    onText: (listener) =>
      link.onText((text) => {
        const event = JSON.parse(text) as ServerEvent;
        if (event.type === 'hello' || event.type === 'session') session = event.session;
        listener(text);
      }),
  });
  try {
    await pollUntil(
      () => session.state === 'ready' || isOver(session),
      () => `ready, found ${session.state}`,
      promptWithinMs,
    );
    if (isOver(session)) throw new Error(`the session ${session.state}: ${session.detail ?? session.reason ?? ''}`);
    const number = session.terminals[0]?.number ?? 0;
    const shown = new PageTerminal(number);
    shown.use(link);
    shown.attach();
    await shown.waitForText(/[$#] ?$/, promptWithinMs);
    return performance.now() - startedAt;
  } finally {
    link.close();
    await reader.call('DELETE', `/api/sessions/${view.id}`);
  }
}

function isOver(session: SessionView): boolean {
  return session.state === 'failed' || session.state === 'ended';
}
