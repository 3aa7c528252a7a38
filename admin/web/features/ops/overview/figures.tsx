import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Stats } from '../../../../answers.js';
import { formatPercent } from '../../../ui/format-number.js';
import { waitWords } from './group-state.js';

/** Above it, the rate of failed runs is marked. */
const failureLimit = 0.05;

/** The figures that tell whether all is well. */
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
        look={dlqSize > 0 ? 'bad' : 'good'}
        note={dlqSize > 0 ? <Link to="/ops/dead-letters">Look at them</Link> : 'nothing to mend'}
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
        look={(oldestUnfinishedMs ?? 0) > limits.unfinishedMs ? 'bad' : undefined}
        note={oldestUnfinishedMs === undefined ? 'everything is finished' : 'since it was published'}
      >
        {waitWords(oldestUnfinishedMs)}
      </Figure>
      <Figure
        name="Failed runs"
        look={failureRate.lastHour > failureLimit ? 'warn' : undefined}
        note={`of the last hour · ${formatPercent(failureRate.lastDay)} in 24 h`}
      >
        {formatPercent(failureRate.lastHour)}
      </Figure>
    </ul>
  );
}

interface FigureProps {
  readonly name: string;
  readonly look?: 'good' | 'warn' | 'bad' | undefined;
  readonly note: ReactNode;
  readonly children: string;
}

function Figure({ name, look, note, children }: FigureProps) {
  return (
    <li className={look === undefined ? 'figure' : `figure ${look}`}>
      <h2>{name}</h2>
      <b>{children}</b>
      <p>{note}</p>
    </li>
  );
}

function count(value: number): string {
  return value.toLocaleString();
}
