import '../records.css';
import { SegmentedControl } from '@mantine/core';
import { useSignedInUser } from '../../../api/queries/identity.js';
import { eventStatuses } from '../../../shared/event-statuses.js';
import { FilterSelect } from '../../../ui/filter-select.js';
import { FilterText, FilterTime } from '../../../ui/filter-text.js';
import { FilterFields } from '../../../ui/filters.js';
import { Page } from '../../../ui/page.js';
import { statusLabel } from '../../../ui/status-badge.js';
import { useFilters } from '../../../ui/use-address-filter.js';
import { type EventFilter, eventFilterNames } from '../events/event-filter.js';
import { EventTypeField } from '../events/event-type-field.js';
import { FoundEvents } from '../events/found-events.js';
import { LiveEvents } from '../events/live-events.js';

/** Search over events, or live events. The address contains the mode and every filter. */
export function OpsEvents() {
  const [filter, change] = useFilters(eventFilterNames);
  const { tenantId: boundTo } = useSignedInUser();
  const isLive = filter.live !== undefined;
  const given = eventFilterNames.filter((name) => name !== 'live' && filter[name] !== undefined);
  const text = (name: keyof EventFilter, label: string) => (
    <FilterText label={label} value={filter[name]} onChange={(value) => change({ [name]: value })} />
  );
  const time = (name: 'from' | 'to', label: string) => (
    <FilterTime label={label} value={filter[name]} onChange={(value) => change({ [name]: value })} />
  );
  return (
    <Page
      title="Events"
      aside={
        <SegmentedControl
          aria-label="Which events"
          value={isLive ? 'live' : 'search'}
          onChange={(value) => change({ live: value === 'live' ? 'yes' : '' })}
          data={[
            { value: 'search', label: 'Search' },
            { value: 'live', label: 'Live' },
          ]}
        />
      }
    >
      <FilterFields given={given} onChange={change}>
        {!isLive && text('id', 'Event id')}
        {text('correlationId', 'Correlation id')}
        <EventTypeField label="Type" value={filter.type} onChange={(type) => change({ type, version: '' })} />
        {!isLive && filter.type !== undefined && text('version', 'Version')}
        {text('source', 'Source')}
        {boundTo === undefined && text('tenantId', 'Tenant')}
        {!isLive && (
          <>
            <FilterSelect
              label="Status"
              value={filter.status}
              options={eventStatuses.map((value) => ({ value, label: statusLabel(value) }))}
              placeholder="Any"
              clearLabel="Any status"
              onChange={(status) => change({ status })}
            />
            {time('from', 'From')}
            {time('to', 'To')}
          </>
        )}
      </FilterFields>
      {isLive ? <LiveEvents filter={filter} /> : <FoundEvents filter={filter} />}
    </Page>
  );
}
