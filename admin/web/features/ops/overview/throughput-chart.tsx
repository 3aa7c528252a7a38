import '@mantine/charts/styles.css';
import { AreaChart } from '@mantine/charts';
import type { Point } from './throughput-points.js';

const series = [
  { name: 'published', label: 'Published', color: 'var(--accent)' },
  { name: 'handled', label: 'Handled', color: 'var(--personal)', strokeDasharray: '6 3' },
  { name: 'failed', label: 'Failed', color: 'var(--bad)' },
];

/** Throughput as lines. The table below it has the same figures, so screen readers skip the chart. */
export function ThroughputChart({ points, height }: { readonly points: readonly Point[]; readonly height: number }) {
  return (
    <div aria-hidden className="chart">
      <AreaChart
        h={height}
        data={[...points]}
        dataKey="label"
        series={[...series]}
        curveType="monotone"
        withDots={false}
        withLegend
        withGradient={false}
        fillOpacity={0.08}
        legendProps={{ verticalAlign: 'top', height: 32 }}
        areaChartProps={{ accessibilityLayer: false }}
        areaProps={{ isAnimationActive: false }}
        yAxisProps={{ allowDecimals: false, width: 44 }}
        xAxisProps={{ minTickGap: 28 }}
        valueFormatter={(value) => value.toLocaleString()}
      />
    </div>
  );
}
