import { SegmentedControl, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useState } from 'react';
import type { Stats } from '../../../../answers.js';
import { monthSeriesQuery } from '../../../api/queries/statistics.js';
import { Section } from '../../../ui/page.js';
import { QueryProblem } from '../../../ui/query-problem.js';
import { type Every, type Point, pointsOf } from './throughput-points.js';

// Loaded separately: the chart library is three times as large as the page.
const ThroughputChart = lazy(() =>
  import('./throughput-chart.js').then(({ ThroughputChart: component }) => ({ default: component })),
);

const height = 260;
const choices = [
  { value: 'minute', label: 'Last hour' },
  { value: 'hour', label: 'Last day' },
  { value: 'day', label: '30 days' },
] as const;

/** Published, handled and failed over time: minutes of an hour, hours of a day, days of a month. */
export function Throughput({ stats }: { readonly stats: Stats }) {
  const [every, setEvery] = useState<Every>('minute');
  const { lastHour, lastDay } = stats.throughput;
  const month = useQuery({ ...monthSeriesQuery, enabled: every === 'day' });
  const series = { minute: lastHour, hour: lastDay, day: month.data }[every];
  const points = useMemo(() => (series === undefined ? undefined : pointsOf(series, every)), [series, every]);
  return (
    <Section
      title="Throughput"
      note={
        <SegmentedControl
          size="xs"
          value={every}
          data={[...choices]}
          aria-label="Time that the chart shows"
          onChange={(value) => setEvery(value as Every)}
        />
      }
    >
      {every === 'day' && <QueryProblem query={month} />}
      {points === undefined ? (
        <Skeleton height={height} />
      ) : (
        <Suspense fallback={<Skeleton height={height} />}>
          <ThroughputChart points={points} height={height} />
        </Suspense>
      )}
      <details className="as-table">
        <summary>The same as a table</summary>
        {points === undefined ? <Skeleton height={80} /> : <PointTable points={points} every={every} />}
      </details>
    </Section>
  );
}

function PointTable({ points, every }: { readonly points: readonly Point[]; readonly every: Every }) {
  const filled = points.filter(({ published, handled, failed }) => published + handled + failed > 0).toReversed();
  if (filled.length === 0) return <p className="empty">Nothing was published or handled in this time.</p>;
  return (
    <table className="records">
      <caption className="visually-hidden">Throughput by {every}, the newest first</caption>
      <thead>
        <tr>
          <th scope="col">From</th>
          <th scope="col">Published</th>
          <th scope="col">Handled</th>
          <th scope="col">Failed</th>
        </tr>
      </thead>
      <tbody>
        {filled.map(({ label, published, handled, failed }) => (
          <tr key={label}>
            <td>{label}</td>
            <td className="number">{published.toLocaleString()}</td>
            <td className="number">{handled.toLocaleString()}</td>
            <td className="number">{failed.toLocaleString()}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
