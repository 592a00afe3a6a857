// The valid values of each setting, and the type of all settings together. Knows no flags and no defaults.
import { z } from 'zod';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);
/** Empty: not given. */
const webAddress = z.union([
  z.literal(''),
  z.url({ protocol: /^https?$/, error: 'expected a web address that begins with https:// or http://' }),
]);
const count = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

const auto = (value: z.ZodType<number>) => z.union([z.literal('auto').transform(() => undefined), value]).optional();

/** Turns the text of flags and variables into values; an unknown name is an error. */
export const configSchema = z.strictObject({
  host: z.string().min(1),
  port: count(0, 65_535),
  stateDir: z.string().min(1),
  storageDir: z.string().min(1),
  siteDir: z.string().min(1),
  labsDir: z.string().min(1),
  engine: z.enum(['podman', 'echo']),
  allowHost: list,
  trustProxy: z.stringbool(),
  seats: auto(count(1, 10_000)),
  sessionsPerReader: count(1, 100),
  sessionsPerAddress: auto(count(1, 10_000)),
  queuePlaces: auto(count(0, 10_000)),
  prepared: count(0, 100),
  reserveMiB: count(0, 1_048_576),
  requestsPerMinute: count(1, 1_000_000),
  requestsPerMinutePerAddress: count(1, 10_000_000),
  startsPerMinute: count(1, 1_000_000),
  startsPerMinutePerAddress: count(1, 1_000_000),
  viewersPerSession: count(1, 1_000),
  states: z.enum(['background', 'off']),
  legalNotice: webAddress,
  sourceCode: webAddress,
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
});

/** Validated settings; frozen. `seats` undefined: as many as the host's memory allows. */
export type LabServerConfig = Readonly<z.infer<typeof configSchema>>;
