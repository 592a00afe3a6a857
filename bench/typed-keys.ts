// Types keys one by one at a prompt and measures the time until each is echoed. Knows nothing about the connection.

export interface EchoFigures {
  name: string;
  medianMs: number;
  p95Ms: number;
}

/** Something that leads to a shell at its prompt. */
export interface TypedAt {
  write(text: string): void;
  /** One listener; called with output as it arrives. */
  onOutput(listener: (text: string) => void): void;
}

// A line of 60 keys fits on one row of 80 columns: a longer one makes readline redraw.
const keysPerLine = 60;
const echoWithinMs = 5_000;
// People type with pauses; without one the next key would meet a busy pipe.
const pauseMs = 4;

/** Types `count` keys. @throws {Error} when a key is not echoed within 5 s. */
export async function timeEcho(name: string, typedAt: TypedAt, count: number): Promise<EchoFigures> {
  const times = await timeKeys(name, typedAt, count);
  return { name, medianMs: quantile(times, 0.5), p95Ms: quantile(times, 0.95) };
}

/** @returns milliseconds from each key to its echo. @throws {Error} as `timeEcho` */
export async function timeKeys(name: string, typedAt: TypedAt, count: number): Promise<number[]> {
  let seen = '';
  let onSeen: () => void = () => undefined;
  typedAt.onOutput((text) => {
    seen += text;
    onSeen();
  });
  const waitFor = (wanted: string) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${name}: ${JSON.stringify(wanted)} was not echoed`)),
        echoWithinMs,
      );
      onSeen = () => {
        if (!seen.includes(wanted)) return;
        clearTimeout(timer);
        onSeen = () => undefined;
        resolve();
      };
      onSeen();
    });
  const times: number[] = [];
  for (let at = 0; at < count; at++) {
    if (at % keysPerLine === keysPerLine - 1) {
      seen = '';
      typedAt.write('\x15');
      await pause(50);
    }
    const key = String.fromCharCode(0x61 + (at % 26));
    seen = '';
    const from = performance.now();
    typedAt.write(key);
    await waitFor(key);
    times.push(performance.now() - from);
    await pause(pauseMs);
  }
  typedAt.write('\x15');
  return times;
}

export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return Math.round(value * 1_000) / 1_000;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
