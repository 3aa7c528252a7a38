import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { DiscardedParked, Parked } from '../../../../answers.js';
import { ask } from '../../../api/client.js';
import { useRefreshParked } from '../../../api/queries/parked.js';
import { ConfirmNumber } from '../../../ui/confirm-number.js';
import { ActionProblem } from '../dead-letters/action-problem.js';
import { setsOf } from './parked-sets.js';

interface DiscardFormProps {
  /** The deliveries to discard, even if the list changes; at least one. */
  readonly deliveries: readonly Parked[];
  readonly onClose: () => void;
}

/** Confirmation before deliveries are discarded; several need their number to be typed. Then it shows the result. */
export function DiscardForm({ deliveries, onClose }: DiscardFormProps) {
  const refresh = useRefreshParked();
  const discard = useMutation({
    mutationFn: () => ask('POST /admin/events/parked/discard', { body: { ids: deliveries.map(({ id }) => id) } }),
    onSettled: refresh,
  });
  if (discard.isSuccess) return <Discarded {...discard.data} onClose={onClose} />;
  const number = deliveries.length;
  const [first] = deliveries;
  const problem = <ActionProblem error={discard.error} />;
  if (number > 1) {
    return (
      <ConfirmNumber
        number={number}
        problem={problem}
        danger
        busy={discard.isPending}
        onClose={onClose}
        cancel="Cancel"
        action={`Discard ${number.toLocaleString()}`}
        onConfirm={() => discard.mutate()}
      >
        <p>
          Discards for good <b>{number.toLocaleString()} parked deliveries</b>: their handlers do not get the events.
        </p>
        <ul className="parked-counts">
          {setsOf(deliveries).map((set) => (
            <li key={set.key}>
              {set.deliveries.length.toLocaleString()} of{' '}
              <span className="mono">
                {set.type} {set.version}
              </span>{' '}
              for {set.group}
            </li>
          ))}
        </ul>
      </ConfirmNumber>
    );
  }
  return (
    <>
      <p>
        <b>Discard for good?</b> The event {first?.eventId} will not reach {first?.handler} of {first?.group}.
      </p>
      {problem}
      <div className="confirm-actions">
        <Button className="danger" loading={discard.isPending} onClick={() => discard.mutate()} data-autofocus>
          Discard for good
        </Button>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </>
  );
}

function Discarded({ discarded, gone, onClose }: DiscardedParked & { readonly onClose: () => void }) {
  const close = useRef<HTMLButtonElement>(null);
  // The button that had the focus no longer exists.
  useEffect(() => close.current?.focus(), []);
  return (
    <>
      <p className={gone > 0 ? 'notice warn' : 'notice good'} role="status">
        <span>
          {discarded > 0 && `${discarded.toLocaleString()} discarded for good. `}
          {gone > 0 &&
            `${gone.toLocaleString()} ${gone === 1 ? 'was' : 'were'} no longer parked: a build handled ${
              gone === 1 ? 'it' : 'them'
            }, or another operator discarded ${gone === 1 ? 'it' : 'them'}.`}
        </span>
        <Link to="/ops/audit">Audit log</Link>
      </p>
      <div className="confirm-actions">
        <Button variant="default" onClick={onClose} ref={close}>
          Close
        </Button>
      </div>
    </>
  );
}
