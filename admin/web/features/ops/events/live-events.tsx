import { Button } from '@mantine/core';
import { useCallback } from 'react';
import type { LiveMessage, PassingEvent } from '../../../../answers.js';
import { useLive } from '../../../api/use-live.js';
import type { EventFilter } from './event-filter.js';
import { EventTable } from './event-table.js';
import { mostShown } from './tail.js';
import { useTail } from './use-tail.js';

/** Events as they are published, newest first. Events that arrive during a pause are shown after it. */
export function LiveEvents({ filter }: { readonly filter: EventFilter }) {
  const { type, tenantId, source, correlationId } = filter;
  const query = { events: true, type, tenantId, source, correlationId };
  const { tail, arrived, pause, resume } = useTail<PassingEvent>(JSON.stringify(query));
  const onMessage = useCallback(
    ({ event, data }: LiveMessage) => {
      if (event === 'events') arrived(data);
    },
    [arrived],
  );
  const state = useLive(query, onMessage);
  const { shown, paused, passed, passedHeld, sampled } = tail;
  return (
    <>
      <div className="tail-head">
        <Button variant="default" onClick={paused ? resume : pause}>
          {paused ? 'Resume' : 'Pause'}
        </Button>
        <p className="muted">
          {paused ? `${passedHeld.toLocaleString()} passed since the pause` : `${passed.toLocaleString()} passed`}
        </p>
        <p role="status">
          {[
            ...(state === 'connecting' ? ['Connecting …'] : []),
            ...(state === 'away' ? ['Not connected: new events are not shown.'] : []),
            ...(paused ? ['Paused.'] : []),
            ...(sampled ? ['Too many events to show all: this is a sample.'] : []),
          ].join(' ')}
        </p>
      </div>
      {shown.length === 0 ? (
        <p className="empty">No events yet. New events appear here when they are published.</p>
      ) : (
        <EventTable caption={`The newest ${mostShown} events at most, as they are published`} rows={shown.map(rowOf)} />
      )}
    </>
  );
}

function rowOf({ streamId, id, type, source = '', tenantId = '', correlationId = id, timestamp }: PassingEvent) {
  // The entry's id starts with when it was written.
  const at = timestamp ?? new Date(Number(streamId.split('-')[0])).toISOString();
  return { key: streamId, id, type, source, tenantId, correlationId, at };
}
