import { Button, Select } from '@mantine/core';
import { useDocs } from '../../../api/queries/catalog.js';
import { FilterText, FilterTime } from '../../../ui/filter-text.js';
import { FilterFields } from '../../../ui/filters.js';
import { type DeadLetterFilter, deadLetterFilterNames, reasons } from './dead-letter-filter.js';

interface FieldsProps {
  readonly filter: DeadLetterFilter;
  /** The tenant that the signed-in user is bound to. */
  readonly boundTo: string | undefined;
  readonly onChange: (part: DeadLetterFilter) => void;
}

/** Fields that dead letters are searched by. */
export function DeadLetterFields({ filter, boundTo, onChange }: FieldsProps) {
  const { model } = useDocs().catalog;
  const given = deadLetterFilterNames.filter((name) => filter[name] !== undefined);
  const text = (name: keyof DeadLetterFilter, label: string) => (
    <FilterText label={label} value={filter[name]} onChange={(value) => onChange({ [name]: value })} />
  );
  const time = (name: 'from' | 'to', label: string) => (
    <FilterTime label={label} value={filter[name]} onChange={(value) => onChange({ [name]: value })} />
  );
  return (
    <FilterFields count={given.length}>
      {text('text', 'Part of the error')}
      <Select
        label="Type"
        placeholder="All"
        clearable
        searchable
        value={filter.type ?? null}
        data={model.events.map(({ type }) => type)}
        nothingFoundMessage="The catalog has no such event"
        clearButtonProps={{ 'aria-label': 'All types' }}
        onChange={(value) => onChange({ type: value ?? '' })}
      />
      {text('group', 'Group')}
      {text('handler', 'Handler')}
      <Select
        label="Reason"
        placeholder="Any"
        clearable
        value={filter.reason ?? null}
        data={[...reasons]}
        clearButtonProps={{ 'aria-label': 'Any reason' }}
        onChange={(value) => onChange({ reason: value ?? '' })}
      />
      {text('eventId', 'Event id')}
      {text('correlationId', 'Correlation id')}
      {boundTo === undefined && text('tenantId', 'Tenant')}
      {time('from', 'From')}
      {time('to', 'To')}
      {given.length > 0 && (
        <Button
          variant="default"
          className="filters-clear"
          onClick={() => onChange(Object.fromEntries(given.map((name) => [name, ''])))}
        >
          Clear filters
        </Button>
      )}
    </FilterFields>
  );
}
