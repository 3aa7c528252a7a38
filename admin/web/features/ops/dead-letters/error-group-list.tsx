import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ErrorGroup } from '../../../../answers.js';
import { errorGroupsQuery } from '../../../api/queries/dead-letters.js';
import { QueryProblem } from '../../../ui/query-problem.js';
import { Time } from '../../../ui/time.js';
import type { DeadLetterFilter } from './dead-letter-filter.js';

const few = 5;

interface ErrorGroupListProps {
  readonly filter: DeadLetterFilter;
  /** Called with the fingerprint of the selected error group; undefined for all. */
  readonly onChoose: (fingerprint: string | undefined) => void;
}

/** Dead letters by error group. */
export function ErrorGroupList({ filter, onChoose }: ErrorGroupListProps) {
  const { fingerprint: chosen, ...others } = filter;
  const [all, setAll] = useState(false);
  const query = useQuery(errorGroupsQuery(others));
  const { data, error } = query;
  if (data === undefined) return error === null ? <Skeleton height={120} /> : <QueryProblem query={query} />;
  const shown = data.errorGroups.filter(({ fingerprint }, index) => all || index < few || fingerprint === chosen);
  if (shown.length === 0) return null;
  return (
    <>
      <ul className="error-groups">
        {shown.map((errorGroup) => (
          <ErrorGroupItem
            errorGroup={errorGroup}
            onChoose={onChoose}
            isChosen={errorGroup.fingerprint === chosen}
            key={`${errorGroup.fingerprint} ${errorGroup.group} ${errorGroup.handler}`}
          />
        ))}
      </ul>
      {data.errorGroups.length > few && (
        <button type="button" className="fold" onClick={() => setAll(!all)}>
          {all ? 'Only the most frequent' : `All ${data.errorGroups.length} error groups`}
        </button>
      )}
    </>
  );
}

interface ErrorGroupItemProps {
  readonly errorGroup: ErrorGroup;
  readonly isChosen: boolean;
  readonly onChoose: ErrorGroupListProps['onChoose'];
}

function ErrorGroupItem({ errorGroup, isChosen, onChoose }: ErrorGroupItemProps) {
  const { fingerprint, count, group, handler, reason, error, types, newestAt } = errorGroup;
  return (
    <li>
      <button type="button" aria-pressed={isChosen} onClick={() => onChoose(isChosen ? undefined : fingerprint)}>
        <b className="error-group-count">{count.toLocaleString()}</b>
        <span className="error-group-text">
          <span className="error-group-error">
            <b>{error.name}</b> {error.message}
          </span>
          <span className="muted">
            {group} / {handler} · {reason} · {types.length === 1 ? types[0] : `${types.length} types`} · newest{' '}
            <Time iso={newestAt} />
          </span>
        </span>
      </button>
    </li>
  );
}
