import '../records.css';
import { SegmentedControl, Select } from '@mantine/core';
import { useDocs } from '../../../api/queries/catalog.js';
import { useSignedInUser } from '../../../api/queries/identity.js';
import { eventStatuses } from '../../../shared/event-statuses.js';
import { FilterText, FilterTime } from '../../../ui/filter-text.js';
import { FilterFields } from '../../../ui/filters.js';
import { Page } from '../../../ui/page.js';
import { statusLabel } from '../../../ui/status-badge.js';
import { useFilters } from '../../../ui/use-address-filter.js';
import { type EventFilter, eventFilterNames } from '../events/event-filter.js';
import { FoundEvents } from '../events/found-events.js';
import { LiveEvents } from '../events/live-events.js';

/** Search over events, or live events. The address contains the mode and every filter. */
export function OpsEvents() {
  const [filter, change] = useFilters(eventFilterNames);
  const { tenantId: boundTo } = useSignedInUser();
  const { model } = useDocs().catalog;
  const isLive = filter.live !== undefined;
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
      <FilterFields count={Object.keys(filter).filter((name) => name !== 'live').length}>
        {!isLive && text('id', 'Event id')}
        {text('correlationId', 'Correlation id')}
        <Select
          label="Type"
          placeholder="All"
          clearable
          searchable
          value={filter.type ?? null}
          data={model.events.map(({ type }) => type)}
          nothingFoundMessage="The catalog has no such event"
          clearButtonProps={{ 'aria-label': 'All types' }}
          onChange={(value) => change({ type: value ?? '' })}
        />
        {text('source', 'Source')}
        {boundTo === undefined && text('tenantId', 'Tenant')}
        {!isLive && (
          <>
            <Select
              label="Status"
              placeholder="Any"
              clearable
              value={filter.status ?? null}
              data={eventStatuses.map((value) => ({ value, label: statusLabel(value) }))}
              clearButtonProps={{ 'aria-label': 'Any status' }}
              onChange={(value) => change({ status: value ?? '' })}
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
