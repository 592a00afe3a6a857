// The static checks: format, lint, types, layers, unused code, habits. Each is one test.
import { execa } from 'execa';
import { findForbiddenText } from './forbidden-text.ts';
import { addCounts, noCounts, type Counts } from './stage.ts';

interface StaticCheck {
  name: string;
  /** Program of node_modules/.bin with its arguments. */
  argv: [string, ...string[]];
}

export const staticChecks: StaticCheck[] = [
  { name: 'format (prettier)', argv: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'lint (oxlint)', argv: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'types of server, labs, set-up and tests (tsc)', argv: ['tsc', '-p', 'server/tsconfig.json'] },
  { name: 'types of the protocol alone (tsc)', argv: ['tsc', '-p', 'server/protocol/tsconfig.json'] },
  { name: 'types of the site (astro check)', argv: ['astro', 'check', '--minimumFailingSeverity', 'error'] },
  {
    name: 'layers (dependency-cruiser)',
    argv: ['depcruise', '--config', '.dependency-cruiser.cjs', 'server', 'src', 'labs', 'setup', 'tests', 'bench'],
  },
  { name: 'unused code (knip)', argv: ['knip', '--no-progress'] },
];

/** The longest, astro check, took 20 s on two cores; after ten minutes something must be hanging. */
const checkTimeoutMs = 10 * 60_000;

/** @param say gets a line per check, and everything that a failed one printed */
export async function runStaticChecks(root: string, say: (line: string) => void): Promise<Counts> {
  let counts = noCounts;
  for (const { name, argv } of staticChecks) {
    const [file, ...args] = argv;
    const startedAt = performance.now();
    const result = await execa(file, args, {
      cwd: root,
      preferLocal: true,
      localDir: root,
      all: true,
      reject: false,
      timeout: checkTimeoutMs,
      env: { ASTRO_TELEMETRY_DISABLED: '1' },
    });
    counts = addCounts(
      counts,
      tell(name, result.failed ? (result.all ?? result.shortMessage) : undefined, startedAt, say),
    );
  }
  const startedAt = performance.now();
  const found = await findForbiddenText(root);
  return addCounts(
    counts,
    tell('habits (text that does not belong)', found.length === 0 ? undefined : found.join('\n'), startedAt, say),
  );
}

function tell(name: string, problem: string | undefined, startedAt: number, say: (line: string) => void): Counts {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  say(`${problem === undefined ? '✓' : '✗'} ${name} (${seconds} s)`);
  if (problem === undefined) return { ...noCounts, passed: 1 };
  say(problem);
  return { ...noCounts, failed: 1 };
}
