import '../records.css';
import { SegmentedControl, Skeleton, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense, useMemo } from 'react';
import type { Trace } from '../../../../answers.js';
import { traceQuery } from '../../../api/queries/events.js';
import { formatDuration } from '../../../ui/format-duration.js';
import { Page } from '../../../ui/page.js';
import { QueryProblem } from '../../../ui/query-problem.js';
import { Time } from '../../../ui/time.js';
import { useFilters } from '../../../ui/use-address-filter.js';
import { TraceTimeline } from '../trace/trace-timeline.js';
import { failedWithCauses, hasFailed } from '../trace/tree.js';

const TraceGraph = lazy(() =>
  import('../trace/trace-graph.js').then(({ TraceGraph: component }) => ({ default: component })),
);

const route = getRouteApi('/ops/traces/$correlationId');

/** The events of one correlation id, as a graph or as a timeline. */
export function OpsTrace() {
  const { correlationId } = route.useParams();
  const found = useQuery(traceQuery(correlationId));
  const { data: trace, error } = found;
  return (
    <Page
      title={`Trace ${correlationId}`}
      heading={
        <>
          Trace <span className="mono">{correlationId}</span>
        </>
      }
      breadcrumb={{ to: '/ops/events', label: 'Events' }}
    >
      <QueryProblem query={found} />
      {trace === undefined && error === null && <Skeleton height={420} aria-busy />}
      {trace !== undefined && <Shown trace={trace} />}
    </Page>
  );
}

function Shown({ trace }: { readonly trace: Trace }) {
  const [{ view, only }, change] = useFilters(['view', 'only']);
  const unsuccessful = trace.events.filter(hasFailed);
  const isNarrowed = only === 'failed' && unsuccessful.length > 0;
  const events = useMemo(
    () => (isNarrowed ? failedWithCauses(trace.events) : trace.events),
    [isNarrowed, trace.events],
  );
  const isTimeline = view === 'timeline';
  return (
    <>
      <Summary trace={trace} unsuccessful={unsuccessful} />
      <div className="trace-choice">
        <SegmentedControl
          aria-label="View"
          value={isTimeline ? 'timeline' : 'graph'}
          onChange={(value) => change({ view: value === 'timeline' ? 'timeline' : '' })}
          data={[
            { value: 'graph', label: 'Graph' },
            { value: 'timeline', label: 'Timeline' },
          ]}
        />
        {unsuccessful.length > 0 && unsuccessful.length < trace.events.length && (
          <Switch
            label="Only failed events and their causes"
            checked={isNarrowed}
            onChange={(event) => change({ only: event.currentTarget.checked ? 'failed' : '' })}
          />
        )}
      </div>
      {isTimeline ? (
        <TraceTimeline events={events} durationMs={trace.durationMs} />
      ) : (
        <Suspense fallback={<Skeleton height={320} aria-busy />}>
          <TraceGraph events={events} />
        </Suspense>
      )}
    </>
  );
}

function Summary({ trace, unsuccessful }: { readonly trace: Trace; readonly unsuccessful: Trace['events'] }) {
  const { events, startedAt, durationMs, truncated } = trace;
  const dead = unsuccessful.filter(({ status }) => status === 'DLQ').length;
  const failed = unsuccessful.length - dead;
  return (
    <p className="trace-summary">
      {truncated && 'The first '}
      <b>{events.length.toLocaleString()}</b> {events.length === 1 ? 'event' : 'events'} in {formatDuration(durationMs)}
      , started <Time iso={startedAt} />
      {dead > 0 && <span className="mark status bad">{dead} dead</span>}
      {failed > 0 && <span className="mark status warn">{failed} failed</span>}
    </p>
  );
}
