import './trace.css';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { formatDuration } from '../../../ui/format-duration.js';
import { StatusBadge } from '../../../ui/status-badge.js';
import { EventVersion } from '../events/event-version.js';
import type { ShownEvent } from './shown-event.js';
import { type Bar, barsOf, ticksOf } from './timeline.js';
import { causesOf, hasFailed } from './tree.js';

interface TimelineProps {
  readonly events: readonly ShownEvent[];
  /** Duration of the whole trace, in milliseconds. */
  readonly durationMs: number;
}

/** Each event as a line below its cause, with a bar from when it was written to when its last effect was written. */
export function TraceTimeline({ events, durationMs }: TimelineProps) {
  const bars = useMemo(() => barsOf(events, durationMs), [events, durationMs]);
  const causes = useMemo(() => causesOf(events), [events]);
  return (
    <div className="timeline">
      <div className="timeline-scale" aria-hidden>
        {ticksOf(durationMs).map(({ offsetMs, place }) => (
          <span key={offsetMs} style={{ left: percent(place) }}>
            {formatDuration(offsetMs)}
          </span>
        ))}
      </div>
      <ol>
        {bars.map((bar) => (
          <TimelineLine key={bar.event.id} bar={bar} cause={causes.get(bar.event.id)} />
        ))}
      </ol>
    </div>
  );
}

/** Most levels of indentation; more would leave no room for the names. */
const deepest = 12;

function TimelineLine({ bar, cause }: { readonly bar: Bar<ShownEvent>; readonly cause: ShownEvent | undefined }) {
  const { event, start, end } = bar;
  const { id, type, version, source, status, depth, offsetMs } = event;
  return (
    <li className={hasFailed(event) ? 'failed' : undefined}>
      <span className="timeline-name" style={{ paddingLeft: Math.min(depth, deepest) * 14 }}>
        <Link to="/ops/events/$id" params={{ id }} className="mono">
          {type}
        </Link>
        <span className="timeline-source">
          {source} <EventVersion type={type} version={version} onlyOthers />
        </span>
        {cause !== undefined && <span className="visually-hidden">caused by {cause.type}</span>}
      </span>
      <span className="timeline-status">
        <StatusBadge status={status} />
      </span>
      <span className="timeline-after">+{formatDuration(offsetMs)}</span>
      <span className="timeline-bar" aria-hidden>
        <span style={{ left: percent(start), width: percent(end - start) }} />
        <i style={{ left: percent(start) }} />
      </span>
    </li>
  );
}

function percent(part: number): string {
  return `${(part * 100).toFixed(2)}%`;
}
