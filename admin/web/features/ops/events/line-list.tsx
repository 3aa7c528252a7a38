import type { Attempt } from '../../../../answers.js';
import { Time } from '../../../ui/time.js';
import { ErrorText } from './error-text.js';

/** Labels of the kinds of log entries. */
const labels: Readonly<Record<string, string>> = {
  failed: 'failed',
  deferred: 'waits for a process that has the handler',
  dead: 'became a dead letter',
  completed: 'succeeded',
  retried: 'was sent to be retried',
  edited: 'was retried with other data, as another event',
  discarded: 'was discarded',
  skipped: 'was skipped',
  expired: 'expired',
};

/** Log entries of an event, oldest first. */
export function LineList({ lines }: { readonly lines: readonly Attempt[] }) {
  return (
    <ol className="lines">
      {lines.map(({ id, at, kind, group, handler, attempt, error, dueAt, actor }) => (
        <li key={id}>
          <span className="when">
            <Time iso={at} />
          </span>
          <div>
            <p>
              <span className="mono">
                {group} / {handler}
              </span>{' '}
              {labels[kind] ?? kind}
              {attempt !== undefined && `, run ${attempt}`}
              {actor !== undefined && `, by ${actor}`}
              {dueAt !== undefined && (
                <>
                  ; next run {new Date(dueAt) > new Date() ? '' : 'was due '}
                  <Time iso={dueAt} />
                </>
              )}
            </p>
            <ErrorText error={error} />
          </div>
        </li>
      ))}
    </ol>
  );
}
