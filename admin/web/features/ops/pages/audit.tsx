import '../records.css';
import { useSignedInUser } from '../../../api/queries/identity.js';
import { FilterSelect } from '../../../ui/filter-select.js';
import { FilterText, FilterTime } from '../../../ui/filter-text.js';
import { FilterFields } from '../../../ui/filters.js';
import { Page } from '../../../ui/page.js';
import { useFilters } from '../../../ui/use-address-filter.js';
import { actionLabels } from '../audit/audit-entry.js';
import { type AuditFilter, auditFilterNames } from '../audit/audit-filter.js';
import { AuditList } from '../audit/audit-list.js';
import { EventTypeField } from '../events/event-type-field.js';

/** The audit log: who did what, when, from where, with the state before and after. */
export function OpsAudit() {
  const [filter, change] = useFilters(auditFilterNames);
  const { tenantId: boundTo } = useSignedInUser();
  const text = (name: keyof AuditFilter, label: string) => (
    <FilterText label={label} value={filter[name]} onChange={(value) => change({ [name]: value })} />
  );
  const time = (name: 'from' | 'to', label: string) => (
    <FilterTime label={label} value={filter[name]} onChange={(value) => change({ [name]: value })} />
  );
  return (
    <Page title="Audit">
      <FilterFields given={auditFilterNames.filter((name) => filter[name] !== undefined)} onChange={change}>
        {text('actor', 'Who')}
        <FilterSelect
          label="What"
          value={filter.action}
          options={Object.entries(actionLabels).map(([value, label]) => ({ value, label }))}
          placeholder="Anything"
          clearLabel="Anything"
          onChange={(action) => change({ action })}
        />
        {text('eventId', 'Event id')}
        <EventTypeField label="Event type" value={filter.type} onChange={(type) => change({ type })} />
        {text('group', 'Group')}
        {boundTo === undefined && text('tenantId', 'Tenant')}
        {time('from', 'From')}
        {time('to', 'To')}
      </FilterFields>
      <AuditList filter={filter} />
    </Page>
  );
}
