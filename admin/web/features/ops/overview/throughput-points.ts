import type { SeriesOverTime } from '../../../../answers.js';

/** A point of the chart: the counts of one bucket. */
export interface Point {
  /** Start of the bucket, formatted for the user. */
  readonly label: string;
  readonly published: number;
  readonly handled: number;
  readonly failed: number;
}

/** Sizes of buckets that the chart can show. */
export type Every = 'minute' | 'hour' | 'day';

const formats: Readonly<Record<Every, Intl.DateTimeFormatOptions>> = {
  minute: { hour: '2-digit', minute: '2-digit' },
  hour: { weekday: 'short', hour: '2-digit', minute: '2-digit' },
  day: { month: 'short', day: 'numeric' },
};

/** Points of a chart. For days, hours are added up by the browser's time zone. */
export function pointsOf({ at, series }: SeriesOverTime, every: Every): readonly Point[] {
  const format = new Intl.DateTimeFormat(undefined, formats[every]);
  const counts = series[0]?.points ?? [];
  const points = at.map((start, index): Point => {
    const { published = 0, handled = 0, failed = 0 } = counts[index] ?? {};
    return { label: format.format(new Date(start)), published, handled, failed };
  });
  return every === 'day' ? sumByDay(points) : points;
}

function sumByDay(points: readonly Point[]): readonly Point[] {
  const days = new Map<string, Point>();
  for (const { label, ...counts } of points) {
    const day = days.get(label);
    days.set(label, {
      label,
      published: (day?.published ?? 0) + counts.published,
      handled: (day?.handled ?? 0) + counts.handled,
      failed: (day?.failed ?? 0) + counts.failed,
    });
  }
  return [...days.values()];
}
