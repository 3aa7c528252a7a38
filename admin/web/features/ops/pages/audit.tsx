import '../records.css';
import { Select } from '@mantine/core';
import { useDocs } from '../../../api/queries/catalog.js';
import { useSignedInUser } from '../../../api/queries/identity.js';
import { FilterText, FilterTime } from '../../../ui/filter-text.js';
import { FilterFields } from '../../../ui/filters.js';
import { Page } from '../../../ui/page.js';
import { useFilters } from '../../../ui/use-address-filter.js';
import { actionLabels } from '../audit/audit-entry.js';
import { type AuditFilter, auditFilterNames } from '../audit/audit-filter.js';
import { AuditList } from '../audit/audit-list.js';

/** The audit log: who did what, when, from where, with the state before and after. */
export function OpsAudit() {
  const [filter, change] = useFilters(auditFilterNames);
  const { tenantId: boundTo } = useSignedInUser();
  const { model } = useDocs().catalog;
  const text = (name: keyof AuditFilter, label: string) => (
    <FilterText label={label} value={filter[name]} onChange={(value) => change({ [name]: value })} />
  );
  const time = (name: 'from' | 'to', label: string) => (
    <FilterTime label={label} value={filter[name]} onChange={(value) => change({ [name]: value })} />
  );
  return (
    <Page title="Audit">
      <FilterFields count={Object.keys(filter).length}>
        {text('actor', 'Who')}
        <Select
          label="What"
          placeholder="Anything"
          clearable
          value={filter.action ?? null}
          data={Object.entries(actionLabels).map(([value, label]) => ({ value, label }))}
          clearButtonProps={{ 'aria-label': 'Anything' }}
          onChange={(value) => change({ action: value ?? '' })}
        />
        {text('eventId', 'Event id')}
        <Select
          label="Event type"
          placeholder="All"
          clearable
          searchable
          value={filter.type ?? null}
          data={model.events.map(({ type }) => type)}
          clearButtonProps={{ 'aria-label': 'All types' }}
          onChange={(value) => change({ type: value ?? '' })}
        />
        {text('group', 'Group')}
        {boundTo === undefined && text('tenantId', 'Tenant')}
        {time('from', 'From')}
        {time('to', 'To')}
      </FilterFields>
      <AuditList filter={filter} />
    </Page>
  );
}
