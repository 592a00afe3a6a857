// How long ago a day was, in words of a given language. Pure.

const dayMs = 86_400_000;
/** From this age on, months are clearer than days. */
const mostDays = 60;

/** @param day ISO 8601 @param now milliseconds since 1970 @returns undefined for what is not a day or not yet past */
export function ageWords(day: string, now: number, lang: string): string | undefined {
  const days = Math.floor((now - Date.parse(day)) / dayMs);
  if (!(days >= 0)) return undefined;
  const format = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' });
  return days <= mostDays ? format.format(-days, 'day') : format.format(-Math.round(days / 30.44), 'month');
}
