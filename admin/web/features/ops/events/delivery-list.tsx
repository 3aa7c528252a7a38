import type { WholeEvent } from '../../../../answers.js';
import { StatusBadge, statusMeanings } from '../../../ui/status-badge.js';
import { Time } from '../../../ui/time.js';
import { type Delivery, deliveriesOf, runsOf } from './deliveries.js';
import { ErrorText } from './error-text.js';

/** Status of an event with each handler of each group. */
export function DeliveryList({ whole: { groups, attempts } }: { readonly whole: WholeEvent }) {
  const deliveries = deliveriesOf(groups, attempts);
  const names = [...new Set([...groups.map(({ group }) => group), ...deliveries.map(({ group }) => group)])];
  if (names.length === 0) return <p className="empty">No consumer group handles this event.</p>;
  return (
    <>
      {names.map((name) => {
        const own = deliveries.filter(({ group }) => group === name);
        return (
          <div key={name} className="delivery-group">
            <h3>{name}</h3>
            {own.length === 0 ? (
              <p className="empty">It has no handler for this type.</p>
            ) : (
              <ul>
                {own.map((delivery) => (
                  <DeliveryItem key={delivery.handler} delivery={delivery} />
                ))}
              </ul>
            )}
          </div>
        );
      })}
    </>
  );
}

function DeliveryItem({ delivery }: { readonly delivery: Delivery }) {
  const { handler, state, lines } = delivery;
  const runs = runsOf(delivery);
  const meaning = state && statusMeanings[state.status];
  const last = lines.findLast(({ error }) => error !== undefined);
  return (
    <li className="delivery">
      <span className="mono">{handler}</span>
      {state === undefined ? <span className="mark">removed</span> : <StatusBadge status={state.status} />}
      <span className="muted">{runs > 0 && `${runs} ${runs === 1 ? 'run' : 'runs'}`}</span>
      {state?.dueAt !== undefined && (
        <span>
          next run <Time iso={state.dueAt} />
        </span>
      )}
      {meaning !== undefined && <span className="muted">{meaning}</span>}
      {last !== undefined && <ErrorText error={last.error} />}
    </li>
  );
}
