import '../records.css';
import '../dead-letters.css';
import { useNavigate } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useSignedInUser } from '../../../api/queries/identity.js';
import { Page, Section } from '../../../ui/page.js';
import { useFilters } from '../../../ui/use-address-filter.js';
import { BulkActions } from '../dead-letters/bulk-actions.js';
import { BulkJobs } from '../dead-letters/bulk-jobs.js';
import { DeadLetterFields } from '../dead-letters/dead-letter-fields.js';
import { deadLetterFilterNames } from '../dead-letters/dead-letter-filter.js';
import { DeadLetterList } from '../dead-letters/dead-letter-list.js';
import { DeadLetterSheet } from '../dead-letters/dead-letter-sheet.js';
import { ErrorGroupList } from '../dead-letters/error-group-list.js';

/** Search and actions for dead letters. The page's address contains the filters and the open dead letter. */
export function OpsDeadLetters() {
  const [filter, change] = useFilters(deadLetterFilterNames);
  const [{ open }] = useFilters(['open']);
  const { tenantId: boundTo } = useSignedInUser();
  const navigate = useNavigate();
  const close = useCallback(
    () => void navigate({ to: '/ops/dead-letters', search: ({ open: _open, ...rest }) => rest, resetScroll: false }),
    [navigate],
  );
  return (
    <Page title="Dead letters" aside={<BulkActions filter={filter} />}>
      <DeadLetterFields filter={filter} boundTo={boundTo} onChange={change} />
      <ErrorGroupList filter={filter} onChoose={(fingerprint) => change({ fingerprint: fingerprint ?? '' })} />
      <Section
        title={filter.fingerprint === undefined ? 'All dead letters' : 'Dead letters of the selected error group'}
      >
        <DeadLetterList filter={filter} />
      </Section>
      <BulkJobs />
      <DeadLetterSheet id={open} onClose={close} />
    </Page>
  );
}
