import { Button, Progress } from '@mantine/core';
import type { Replay } from '../../../../answers.js';
import { isOpen } from '../../../api/queries/replays.js';
import { StatusBadge } from '../../../ui/status-badge.js';
import { Time } from '../../../ui/time.js';
import { isResumable } from './replay.js';

interface CardProps {
  readonly replay: Replay;
  readonly onCancel: () => void;
  readonly onResume: () => void;
  /** True while a request to cancel or resume it is running. */
  readonly busy: boolean;
  /** Error of the last request; undefined if it succeeded. */
  readonly problem: string | undefined;
}

/** One replay: its plan and progress, with buttons to cancel or resume it. */
export function ReplayCard({ replay, onCancel, onResume, busy, problem }: CardProps) {
  const { jobId, status, progress, eventsReplayed, eventsScanned, errors, actor, createdAt } = replay;
  const percent = Math.round(progress * 100);
  return (
    <li className="replay" aria-label={`Replay ${jobId}`}>
      <div className="replay-head">
        <StatusBadge status={status} />
        <span>
          {actor}, <Time iso={createdAt} />
        </span>
        <span className="muted mono">{jobId}</span>
        {isOpen(replay) && (
          <Button size="compact-sm" variant="default" onClick={onCancel} loading={busy}>
            Cancel
          </Button>
        )}
        {isResumable(replay) && (
          <Button size="compact-sm" variant="default" onClick={onResume} loading={busy}>
            Resume
          </Button>
        )}
      </div>
      <div className="replay-progress">
        <Progress.Root size="sm">
          <Progress.Section value={percent} aria-label={`Progress of ${jobId}`} color={colourOf(status)} />
        </Progress.Root>
        <span>
          {percent} % of the time range · {eventsReplayed.toLocaleString()} replayed of {eventsScanned.toLocaleString()}{' '}
          scanned
        </span>
      </div>
      <PlanText replay={replay} />
      {errors.map((error) => (
        <p key={error} className="problem">
          {error}
        </p>
      ))}
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </li>
  );
}

function PlanText({ replay: { plan } }: { readonly replay: Replay }) {
  const { from, to, eventTypes, tenantId, groups, handlers, ratePerSecond } = plan;
  const receivers = [...groups, ...handlers.map(({ group, handler }) => `${group} / ${handler}`)];
  return (
    <p className="replay-plan">
      {from === undefined ? 'Everything within the retention' : moment(from)} to {moment(to)} ·{' '}
      {eventTypes.length === 0 || eventTypes.includes('*') ? 'all types' : eventTypes.join(', ')} ·{' '}
      {tenantId === undefined ? 'all tenants' : `tenant ${tenantId}`} · to {receivers.join(', ')} ·{' '}
      {ratePerSecond.toLocaleString()} a second at most
    </p>
  );
}

function moment(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

function colourOf(status: string): string {
  if (status === 'failed') return 'red';
  return status === 'cancelled' ? 'gray' : 'ink';
}
