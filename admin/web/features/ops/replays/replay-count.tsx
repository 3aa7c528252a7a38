import type { ReplayCount } from '../../../../answers.js';
import { formatDuration } from '../../../ui/format-duration.js';
import { leastSeconds } from './replay.js';

/** Number of types that are listed; the others are added up. */
const namedTypes = 8;

/** The number of events that a replay would deliver. */
export function CountedEvents({ count }: { readonly count: ReplayCount }) {
  const { events, byType, unreadable, complete, scanned, plan } = count;
  const types = Object.entries(byType).toSorted(([, a], [, b]) => b - a);
  const rest = types.slice(namedTypes).reduce((sum, [, number]) => sum + number, 0);
  return (
    <div className="counted" role="status">
      <p>
        <b>{events.toLocaleString()}</b> {events === 1 ? 'event' : 'events'}
        {!complete && ` among the first ${scanned.toLocaleString()} entries: the range contains more`}
        {events > 0 &&
          `, for ${describeReceivers(count)}; ${formatDuration(leastSeconds(events, plan) * 1_000)} at least`}
      </p>
      {types.length > 0 && (
        <ul className="counted-types">
          {types.slice(0, namedTypes).map(([type, number]) => (
            <li key={type}>
              <span className="mono">{type}</span> {number.toLocaleString()}
            </li>
          ))}
          {rest > 0 && (
            <li>
              {types.length - namedTypes} more types {rest.toLocaleString()}
            </li>
          )}
        </ul>
      )}
      {unreadable > 0 && (
        <p className="muted">{unreadable.toLocaleString()} entries are not valid envelopes; a replay skips them.</p>
      )}
    </div>
  );
}

/** The groups and handlers that would get the events. */
export function describeReceivers({ plan: { groups, handlers } }: ReplayCount): string {
  const names = [...groups, ...handlers.map(({ group, handler }) => `${group} / ${handler}`)];
  return names.length === 0 ? 'none: there are no consumer groups' : names.join(', ');
}
