import { Button } from '@mantine/core';
import { useState } from 'react';
import { Dialog } from '../../../ui/dialog.js';
import { BulkForm } from './bulk-form.js';
import type { DeadLetterFilter } from './dead-letter-filter.js';

/** Buttons that change all dead letters that match the filter, after a count and a confirmation. */
export function BulkActions({ filter }: { readonly filter: DeadLetterFilter }) {
  const [action, setAction] = useState<'retry' | 'discard'>();
  const close = () => setAction(undefined);
  return (
    <div className="ways">
      <Button size="xs" variant="default" onClick={() => setAction('retry')}>
        Retry all found
      </Button>
      <Button size="xs" variant="default" className="danger" onClick={() => setAction('discard')}>
        Delete all found
      </Button>
      <Dialog
        opened={action !== undefined}
        onClose={close}
        label={action === 'discard' ? 'Delete all found' : 'Retry all found'}
      >
        {action !== undefined && <BulkForm action={action} filter={filter} onClose={close} />}
      </Dialog>
    </div>
  );
}
