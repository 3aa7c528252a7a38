import { Button, Skeleton } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Parked } from '../../../../answers.js';
import { parkedQuery } from '../../../api/queries/parked.js';
import { maxParkedDiscards } from '../../../shared/limits.js';
import { Dialog } from '../../../ui/dialog.js';
import { ListEnd } from '../../../ui/list-end.js';
import { QueryProblem } from '../../../ui/query-problem.js';
import { DiscardForm } from './discard-form.js';
import { ParkedSetSection } from './parked-set.js';
import { setsOf } from './parked-sets.js';

/** Parked deliveries by group, type and version, with buttons to discard one or several. @param group Only of this consumer group. */
export function ParkedList({ group }: { readonly group: string | undefined }) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [discarding, setDiscarding] = useState<readonly Parked[]>();
  const listed = useInfiniteQuery(parkedQuery(group));
  const { data, error, hasNextPage } = listed;
  if (data === undefined) return error === null ? <Skeleton height={320} aria-busy /> : <QueryProblem query={listed} />;
  const sets = setsOf(data.pages.flatMap(({ parked }) => parked));
  const deliveries = sets.flatMap((set) => set.deliveries);
  // Deliveries that are no longer parked are no longer selected.
  const selected = deliveries.filter(({ id }) => chosen.has(id));
  const choose = (ids: readonly string[], isChosen: boolean) => {
    setChosen((present) => {
      const next = new Set(present);
      for (const id of ids) {
        if (isChosen) next.add(id);
        else next.delete(id);
      }
      return next;
    });
  };
  return (
    <>
      <QueryProblem query={listed} />
      {sets.length === 0 && (
        <p className="empty">
          {group === undefined
            ? 'No parked deliveries: every build can read the events that it gets.'
            : `No parked deliveries of ${group}.`}
        </p>
      )}
      {sets.length > 0 && (
        <div className="parked-chosen">
          <span role="status">
            {selected.length === 0 ? 'None selected' : `${selected.length.toLocaleString()} selected`}
          </span>
          <Button
            size="xs"
            variant="default"
            className="danger"
            disabled={selected.length === 0 || selected.length > maxParkedDiscards}
            onClick={() => setDiscarding(selected)}
          >
            Discard selected
          </Button>
          {selected.length > maxParkedDiscards && <span>Select {maxParkedDiscards} at most.</span>}
        </div>
      )}
      {sets.map((set) => (
        <ParkedSetSection
          key={set.key}
          set={set}
          chosen={chosen}
          onChoose={choose}
          onDiscard={(one) => setDiscarding([one])}
        />
      ))}
      <ListEnd query={listed} more="More">
        {hasNextPage ? 'The first ' : ''}
        {deliveries.length.toLocaleString()} parked {deliveries.length === 1 ? 'delivery' : 'deliveries'}
      </ListEnd>
      <Dialog
        opened={discarding !== undefined}
        onClose={() => setDiscarding(undefined)}
        label={discarding?.length === 1 ? 'Discard a parked delivery' : 'Discard parked deliveries'}
      >
        {discarding !== undefined && <DiscardForm deliveries={discarding} onClose={() => setDiscarding(undefined)} />}
      </Dialog>
    </>
  );
}
