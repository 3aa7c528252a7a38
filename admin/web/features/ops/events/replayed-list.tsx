import type { WholeEvent } from '../../../../answers.js';
import { StatusBadge } from '../../../ui/status-badge.js';
import { Time } from '../../../ui/time.js';
import { LineList } from './line-list.js';

/** Replays of an event: its status in each, and what failed. */
export function ReplayedList({ whole: { replays, attempts } }: { readonly whole: WholeEvent }) {
  if (replays.length === 0) return <p className="empty">This event has not been replayed.</p>;
  return (
    <ul className="replays">
      {replays.map(({ jobId, status, actor, createdAt, groups }) => {
        const lines = attempts.filter(({ replayJobId }) => replayJobId === jobId);
        return (
          <li key={jobId} className="replay">
            <div className="replay-head">
              <span className="mono">{jobId}</span>
              <span>
                {actor}, <Time iso={createdAt} />
              </span>
              {status !== 'completed' && <span className="muted">the replay is {status}</span>}
            </div>
            <ul className="replayed-handlers">
              {groups.flatMap(({ group, handlers }) =>
                handlers.map(({ handler, status: own }) => (
                  <li key={`${group} ${handler}`}>
                    <span className="mono">
                      {group} / {handler}
                    </span>{' '}
                    <StatusBadge status={own} />
                  </li>
                )),
              )}
            </ul>
            {lines.length > 0 && <LineList lines={lines} />}
          </li>
        );
      })}
    </ul>
  );
}
