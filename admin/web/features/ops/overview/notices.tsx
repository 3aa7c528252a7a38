import { Link } from '@tanstack/react-router';
import type { Stats } from '../../../../answers.js';
import { formatDuration } from '../../../ui/format-duration.js';
import { formatPercent } from '../../../ui/format-number.js';

/** The notice appears before publishing is refused: this share of the memory before the limit. */
const memoryMargin = 0.1;
/** A notice appears if the index is further behind, in milliseconds. */
const behindMs = 10_000;

/** Conditions that an operator should know about in addition to the figures. */
export function Notices({ stats: { memory, index, parked, partitionsAway, limits } }: { readonly stats: Stats }) {
  const { usedBytes, maxBytes } = memory;
  const used = maxBytes === undefined || maxBytes === 0 ? 0 : usedBytes / maxBytes;
  const behind = Math.max(index.eventsBehindMs, index.logBehindMs);
  const isComplete = partitionsAway.length === 0;
  return (
    <>
      {!isComplete && (
        <p className="notice bad" role="alert">
          <span>
            {partitionsAway.length === 1 ? 'A partition does' : `${partitionsAway.length} partitions do`} not reply: the
            figures, and the newest entries of lists and searches, are those of the others.{' '}
            <Link to="/ops/cluster">See the cluster</Link>
          </span>
        </p>
      )}
      {parked > 0 && (
        <p className="notice warn">
          {parked.toLocaleString()} {parked === 1 ? 'delivery is' : 'deliveries are'} parked, waiting for a build that
          knows the version of the event. <Link to="/ops/parked">See what waits</Link>
        </p>
      )}
      {used > limits.memoryShare - memoryMargin && (
        <p className="notice warn">
          Redis uses {formatPercent(used)} of its memory; services refuse to publish above{' '}
          {formatPercent(limits.memoryShare)}.
        </p>
      )}
      {index.state !== 'following' && isComplete && (
        <p className="notice warn">
          The index is {index.state}
          {index.error === undefined ? '' : ` (${index.error})`}: searches and lists of dead letters wait for it.
          Figures, retries and replays do not.
        </p>
      )}
      {index.state === 'following' && behind > behindMs && (
        <p className="notice warn">The index is {formatDuration(behind)} behind: newer events are not found yet.</p>
      )}
    </>
  );
}
