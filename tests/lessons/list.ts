// npm run lessons: every lesson with chapter, steps, date of its report, and whether that report is still valid.
import { countSteps, statusOf } from './verification-report.ts';
import { ensureBuiltSite, projectRoot, readBuiltLessons } from './built-lessons.ts';

await ensureBuiltSite((line) => console.error(line));
const lessons = await readBuiltLessons();
const rows = await Promise.all(
  lessons.map(async (page) => {
    const { lesson, chapter, date, holds } = await statusOf(projectRoot, page);
    return { lesson, title: page.title, chapter, lab: page.lab, steps: countSteps(page), date: date ?? null, holds };
  }),
);

if (process.argv.includes('--json')) {
  console.log(JSON.stringify(rows, null, 2));
} else {
  const width = Math.max(0, ...rows.map((row) => row.lesson.length));
  for (const row of rows) {
    const verified =
      row.date === null ? 'never verified' : `verified on ${row.date}${row.holds ? '' : ', changed since'}`;
    console.log(`${row.lesson.padEnd(width)}  ${String(row.steps).padStart(2)} steps  ${verified}`);
  }
}
