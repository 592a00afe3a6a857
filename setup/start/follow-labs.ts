// Reports the progress of the labs once the site is up: images being built, ready, failed. Asks the server; knows no engine.
import type { LabView } from '../../server/protocol/messages.ts';
import { printable } from '../../server/printable-text.ts';
import { progressLine } from '../progress-line.ts';

// Often enough to show progress; a build has some ten steps in four minutes.
const askEveryMs = 1_000;
// An answer takes milliseconds; a host that builds images may be slow.
const answerWithinMs = 10_000;
// Podman's last lines about a build that failed.
const detailCharacters = 1_000;

/**
 * Ends when every lab is ready or failed for good, or the signal aborts. Never rejects: the reports are only for information.
 * @returns whether a lab is ready
 */
export async function followLabs(url: string, say: (line: string) => void, signal: AbortSignal): Promise<boolean> {
  const told = new Map<string, string>();
  while (!signal.aborted) {
    const labs = await readLabs(url);
    for (const lab of labs ?? []) {
      const line = labLine(lab);
      if (told.get(lab.id) !== line) say(line);
      told.set(lab.id, line);
    }
    if (labs !== undefined && labs.every((lab) => lab.state !== 'preparing'))
      return labs.some((lab) => lab.state === 'ready');
    await new Promise((resolve) => setTimeout(resolve, askEveryMs));
  }
  return false;
}

/** Pure: one line for a person. */
export function labLine(lab: LabView): string {
  const detail = lab.detail === undefined ? '' : `: ${printable(lab.detail, detailCharacters)}`;
  switch (lab.state) {
    case 'ready':
      return `Lab “${lab.title}” is ready.`;
    case 'failed':
      return `Lab “${lab.title}” cannot be started${detail}`;
    case 'no-engine':
      return `Lab “${lab.title}” is text only on this host${detail}`;
    case 'preparing':
      return lab.progress === undefined
        ? `Lab “${lab.title}” is being prepared${detail}`
        : progressLine(lab.id, lab.progress);
  }
}

async function readLabs(url: string): Promise<LabView[] | undefined> {
  try {
    const response = await fetch(`${url}/api/labs`, { signal: AbortSignal.timeout(answerWithinMs) });
    return response.ok ? ((await response.json()) as LabView[]) : undefined;
  } catch {
    // The server is stopping, or too busy to answer: it is asked again.
    return undefined;
  }
}
