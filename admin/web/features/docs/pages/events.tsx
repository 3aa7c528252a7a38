import type { EventModelEntry } from '@hyvve-events/catalog-model';
import { Select, TextInput } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useDeferredValue, useMemo } from 'react';
import { useDocs } from '../../../api/queries/catalog.js';
import { withPart } from '../../../ui/address-filter.js';
import { Page } from '../../../ui/page.js';
import { EventList } from '../parts/event-list.js';

const route = getRouteApi('/events');

/** Every event type, with filters in the address. */
export function Events() {
  const { model } = useDocs().catalog;
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const q = useDeferredValue(filter.q);
  const { domain, tag } = filter;
  const found = useMemo(
    () => model.events.filter((event) => matches(event, { q, domain, tag })),
    [model, q, domain, tag],
  );
  const change = (part: typeof filter) => void navigate({ search: withPart(filter, part), replace: true });
  const tags = [...new Set(model.events.flatMap((event) => tagsOf(event)))].sort();
  return (
    <Page title="Events">
      <div className="filters">
        <TextInput
          label="Type or text"
          value={filter.q ?? ''}
          onChange={(event) => change({ q: event.currentTarget.value })}
        />
        <Select
          label="Domain"
          placeholder="All"
          clearable
          searchable
          value={domain ?? null}
          data={model.domains.map(({ name }) => name)}
          clearButtonProps={{ 'aria-label': 'All domains' }}
          onChange={(value) => change({ domain: value ?? '' })}
        />
        {tags.length > 0 && (
          <Select
            label="Tag"
            placeholder="All"
            clearable
            data={tags}
            value={tag ?? null}
            clearButtonProps={{ 'aria-label': 'All tags' }}
            onChange={(value) => change({ tag: value ?? '' })}
          />
        )}
        <p className="filters-note" role="status">
          {found.length === model.events.length ? found.length : `${found.length} of ${model.events.length}`} events
        </p>
      </div>
      <EventList events={found} empty="No events match these filters. Remove a filter." />
    </Page>
  );
}

function tagsOf({ tags, deprecated }: EventModelEntry): readonly string[] {
  return deprecated ? [...tags, 'deprecated'] : tags;
}

interface Filter {
  readonly q: string | undefined;
  readonly domain: string | undefined;
  readonly tag: string | undefined;
}

function matches(event: EventModelEntry, { q, domain, tag }: Filter): boolean {
  if (domain !== undefined && event.domain !== domain) return false;
  if (tag !== undefined && !tagsOf(event).includes(tag)) return false;
  const text = `${event.type} ${event.title ?? ''} ${event.summary ?? ''}`.toLowerCase();
  return (q ?? '')
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
