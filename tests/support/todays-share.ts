// Which of many slow cases a run takes: a share that changes each day, or all of them with EUOS_LONG=1.

const dayMs = 24 * 3600_000;

/**
 * @param perRun how many a run takes; each case has its turn within `cases.length / perRun` days, rounded up
 * @param day counted from any day; today's by default
 */
export function todaysShare<Case>(
  cases: readonly Case[],
  perRun: number,
  { day = Math.floor(Date.now() / dayMs), isLong = process.env['EUOS_LONG'] === '1' } = {},
): Case[] {
  if (isLong || cases.length <= perRun) return [...cases];
  const first = (day * perRun) % cases.length;
  return Array.from({ length: perRun }, (_one, at) => cases[(first + at) % cases.length]).filter(
    (one) => one !== undefined,
  );
}
