import { FilterSelect } from '../../../ui/filter-select.js';
import { FilterText, FilterTime } from '../../../ui/filter-text.js';
import { FilterFields } from '../../../ui/filters.js';
import { EventTypeField } from '../events/event-type-field.js';
import { type DeadLetterFilter, deadLetterFilterNames, reasons } from './dead-letter-filter.js';

interface FieldsProps {
  readonly filter: DeadLetterFilter;
  /** The tenant that the signed-in user is bound to. */
  readonly boundTo: string | undefined;
  readonly onChange: (part: DeadLetterFilter) => void;
}

/** Fields that dead letters are searched by. */
export function DeadLetterFields({ filter, boundTo, onChange }: FieldsProps) {
  const given = deadLetterFilterNames.filter((name) => filter[name] !== undefined);
  const text = (name: keyof DeadLetterFilter, label: string) => (
    <FilterText label={label} value={filter[name]} onChange={(value) => onChange({ [name]: value })} />
  );
  const time = (name: 'from' | 'to', label: string) => (
    <FilterTime label={label} value={filter[name]} onChange={(value) => onChange({ [name]: value })} />
  );
  return (
    <FilterFields given={given} onChange={onChange}>
      {text('text', 'Part of the error')}
      <EventTypeField label="Type" value={filter.type} onChange={(type) => onChange({ type })} />
      {text('group', 'Group')}
      {text('handler', 'Handler')}
      <FilterSelect
        label="Reason"
        value={filter.reason}
        options={[...reasons]}
        placeholder="Any"
        clearLabel="Any reason"
        onChange={(reason) => onChange({ reason })}
      />
      {text('eventId', 'Event id')}
      {text('correlationId', 'Correlation id')}
      {boundTo === undefined && text('tenantId', 'Tenant')}
      {time('from', 'From')}
      {time('to', 'To')}
    </FilterFields>
  );
}
