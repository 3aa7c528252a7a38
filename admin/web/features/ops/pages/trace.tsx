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
import { isFault, onlyFaults } from '../trace/tree.js';

const TraceGraph = lazy(() =>
  import('../trace/trace-graph.js').then(({ TraceGraph: component }) => ({ default: component })),
);

const route = getRouteApi('/ops/traces/$correlationId');

/** What one cause set off: as a graph, and as a timeline. */
export function OpsTrace() {
  const { correlationId } = route.useParams();
  const asked = useQuery(traceQuery(correlationId));
  const { data: trace, error } = asked;
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
      <QueryProblem query={asked} />
      {trace === undefined && error === null && <Skeleton height={420} aria-busy />}
      {trace !== undefined && <Shown trace={trace} />}
    </Page>
  );
}

function Shown({ trace }: { readonly trace: Trace }) {
  const [{ view, only }, change] = useFilters(['view', 'only']);
  const faults = trace.events.filter(isFault);
  const isNarrowed = only === 'faults' && faults.length > 0;
  const events = useMemo(() => (isNarrowed ? onlyFaults(trace.events) : trace.events), [isNarrowed, trace.events]);
  const isTimeline = view === 'timeline';
  return (
    <>
      <Summary trace={trace} faults={faults} />
      <div className="trace-choice">
        <SegmentedControl
          aria-label="How it is shown"
          value={isTimeline ? 'timeline' : 'graph'}
          onChange={(value) => change({ view: value === 'timeline' ? 'timeline' : '' })}
          data={[
            { value: 'graph', label: 'Graph' },
            { value: 'timeline', label: 'Timeline' },
          ]}
        />
        {faults.length > 0 && faults.length < trace.events.length && (
          <Switch
            label="Only what failed, and what led to it"
            checked={isNarrowed}
            onChange={(event) => change({ only: event.currentTarget.checked ? 'faults' : '' })}
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

function Summary({ trace, faults }: { readonly trace: Trace; readonly faults: Trace['events'] }) {
  const { events, startedAt, durationMs, truncated } = trace;
  const dead = faults.filter(({ status }) => status === 'DLQ').length;
  const failed = faults.length - dead;
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
