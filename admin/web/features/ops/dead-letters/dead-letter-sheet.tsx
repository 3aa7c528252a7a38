import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { deadLetterQuery, isGone } from '../../../api/queries/dead-letters.js';
import { Dialog } from '../../../ui/dialog.js';
import { QueryProblem } from '../../../ui/query-problem.js';
import { DeadLetterActions } from './dead-letter-actions.js';
import { DeadLetterDetail } from './dead-letter-detail.js';

interface SheetProps {
  /** Id of the open dead letter; undefined if none is open. */
  readonly id: string | undefined;
  readonly onClose: () => void;
}

/** One dead letter next to the list, with its actions. */
export function DeadLetterSheet({ id, onClose }: SheetProps) {
  const [hasUnsavedChanges, setUnsavedChanges] = useState(false);
  return (
    <Dialog
      opened={id !== undefined}
      onClose={onClose}
      kind="sheet"
      label="Dead letter"
      hasUnsavedChanges={hasUnsavedChanges}
    >
      {id !== undefined && <Whole key={id} id={id} onUnsavedChange={setUnsavedChanges} />}
    </Dialog>
  );
}

interface WholeProps {
  readonly id: string;
  /** Called with true while there are unsaved changes, otherwise with false. */
  readonly onUnsavedChange: (hasUnsavedChanges: boolean) => void;
}

function Whole({ id, onUnsavedChange }: WholeProps) {
  const query = useQuery(deadLetterQuery(id));
  const { data: letter, error } = query;
  const gone = isGone(error);
  if (letter === undefined) {
    if (gone) return <Gone />;
    return error === null ? <Skeleton height={420} aria-busy /> : <QueryProblem query={query} />;
  }
  return (
    <div className="letter">
      {!gone && <QueryProblem query={query} />}
      <DeadLetterActions letter={letter} isGone={gone} onUnsavedChange={onUnsavedChange} />
      <DeadLetterDetail letter={letter} />
    </div>
  );
}

function Gone() {
  return (
    <p className="notice warn">
      This dead letter no longer exists: it was retried or deleted, or its retention has ended.{' '}
      <Link to="/ops/audit">The audit log shows who did what.</Link>
    </p>
  );
}
