import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Stats } from '../../../../answers.js';
import { formatPercent } from '../../../ui/format-number.js';
import { formatWait, summaryOfLater } from './group-state.js';

/** A higher rate of failed runs is marked as a warning, 0 to 1. */
const failureLimit = 0.05;

/** The figures that show whether everything works. */
export function Figures({ stats }: { readonly stats: Stats }) {
  const { throughput, dlqSize, consumerLag, pending, oldestUnfinishedMs, failureRate, limits } = stats;
  const day = throughput.lastDay.series[0]?.total.published ?? 0;
  const { published, handled } = throughput.lastMinute;
  return (
    <ul className="figures">
      <Figure name="Events in 24 h" note={`${count(published)} in the last minute`}>
        {count(day)}
      </Figure>
      <Figure
        name="Dead letters"
        tone={dlqSize > 0 ? 'bad' : 'good'}
        note={dlqSize > 0 ? <Link to="/ops/dead-letters">Show dead letters</Link> : 'none'}
      >
        {count(dlqSize)}
      </Figure>
      <Figure name="Consumer lag" note="events that the slowest group has not read">
        {consumerLag === 'unknown' ? 'unknown' : count(consumerLag)}
      </Figure>
      <Figure name="Pending" note={`read, not finished · ${count(handled)} handled in a minute`}>
        {count(pending)}
      </Figure>
      <Figure
        name="Oldest unfinished"
        tone={(oldestUnfinishedMs ?? 0) > limits.unfinishedMs ? 'bad' : undefined}
        note={oldestUnfinishedMs === undefined ? summaryOfLater(stats.groups) : 'since it was published'}
      >
        {formatWait(oldestUnfinishedMs)}
      </Figure>
      <Figure
        name="Failed runs"
        tone={failureRate.lastHour > failureLimit ? 'warn' : undefined}
        note={`of the last hour · ${formatPercent(failureRate.lastDay)} in 24 h`}
      >
        {formatPercent(failureRate.lastHour)}
      </Figure>
    </ul>
  );
}

interface FigureProps {
  readonly name: string;
  readonly tone?: 'good' | 'warn' | 'bad' | undefined;
  readonly note: ReactNode;
  readonly children: string;
}

function Figure({ name, tone, note, children }: FigureProps) {
  return (
    <li className={tone === undefined ? 'figure' : `figure ${tone}`}>
      <h2>{name}</h2>
      <b>{children}</b>
      <p>{note}</p>
    </li>
  );
}

function count(value: number): string {
  return value.toLocaleString();
}
