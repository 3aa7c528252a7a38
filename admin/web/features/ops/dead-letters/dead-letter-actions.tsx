import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import type { DeadLetter } from '../../../../answers.js';
import { ApiError, ask } from '../../../api/client.js';
import { useRefreshLists } from '../../../api/queries/dead-letters.js';
import { useSignedInUser } from '../../../api/queries/identity.js';
import { PageSkeleton } from '../../../ui/page-skeleton.js';
import { ActionProblem } from './action-problem.js';
import { whyNotEdit } from './editable.js';
import { FollowUp } from './follow-up.js';

// Loaded separately: the editor is larger than the rest of the page.
const EditAndRetry = lazy(() =>
  import('./edit-and-retry.js').then(({ EditAndRetry: component }) => ({ default: component })),
);

interface ActionsProps {
  readonly letter: DeadLetter;
  /** It no longer exists: another operator has changed it. */
  readonly isGone: boolean;
  /** Called with true while there are unsaved changes, otherwise with false. */
  readonly onUnsavedChange: (hasUnsavedChanges: boolean) => void;
}

/** Buttons to retry, edit or delete a dead letter, and the result. */
export function DeadLetterActions({ letter, isGone, onUnsavedChange }: ActionsProps) {
  const { id, type, group, handler, reason, attempts } = letter;
  const [step, setStep] = useState<'choose' | 'edit' | 'delete'>('choose');
  const refreshLists = useRefreshLists();
  const path = { eventId: id };
  const retry = useMutation({
    mutationFn: (data: unknown) =>
      ask('POST /admin/events/dlq/:eventId/retry', { path, body: data === undefined ? {} : { data } }),
    onSettled: refreshLists,
  });
  const discard = useMutation({
    mutationFn: () => ask('DELETE /admin/events/dlq/:eventId', { path }),
    onSettled: refreshLists,
  });
  const { personalData } = useSignedInUser();
  const noEdit = whyNotEdit(letter, personalData);
  const isDone = retry.isSuccess || discard.isSuccess;
  const hasUnsavedChanges = step === 'edit' && !isDone;
  useEffect(() => {
    onUnsavedChange(hasUnsavedChanges);
    return () => onUnsavedChange(false);
  }, [hasUnsavedChanges, onUnsavedChange]);
  return (
    <>
      <p className="letter-head">
        <b className="mono">{type === '' ? 'no envelope' : type}</b>
        <span className="muted">
          {group} / {handler} · {reason} · {attempts} {attempts === 1 ? 'run' : 'runs'}
        </span>
      </p>
      {retry.isSuccess && <FollowUp retried={retry.data} letter={letter} />}
      {discard.isSuccess && (
        <p className="notice good" role="status">
          Deleted for good. The audit log shows who did it.
        </p>
      )}
      {isGone && !isDone && !retry.isPending && !discard.isPending && (
        <ActionProblem error={new ApiError(404, { code: 'NOT_FOUND' })} />
      )}
      {!isDone && !isGone && step !== 'edit' && <ActionProblem error={retry.error ?? discard.error} />}
      {!isDone && !isGone && step === 'choose' && (
        <div className="letter-actions">
          <Button loading={retry.isPending} onClick={() => retry.mutate(undefined)} disabled={handler === '*'}>
            Retry
          </Button>
          <Button variant="default" disabled={noEdit !== undefined} onClick={() => setStep('edit')}>
            Edit and retry
          </Button>
          <Button variant="default" className="danger" onClick={() => setStep('delete')}>
            Delete
          </Button>
          {noEdit !== undefined && <p className="muted">{noEdit}</p>}
        </div>
      )}
      {!isDone && !isGone && step === 'delete' && (
        <div className="letter-actions">
          <p>
            <b>Delete for good?</b> The event will not reach {handler} of {group}.
          </p>
          <Button className="danger" loading={discard.isPending} onClick={() => discard.mutate()} data-autofocus>
            Delete for good
          </Button>
          <Button variant="default" onClick={() => setStep('choose')}>
            Cancel
          </Button>
        </div>
      )}
      {!isDone && step === 'edit' && (
        <Suspense fallback={<PageSkeleton />}>
          <EditAndRetry
            letter={letter}
            isSending={retry.isPending}
            error={isGone && !retry.isPending ? null : retry.error}
            onSend={(data) => retry.mutate(data)}
            onEdit={retry.reset}
            onBack={() => {
              retry.reset();
              setStep('choose');
            }}
          />
        </Suspense>
      )}
    </>
  );
}
