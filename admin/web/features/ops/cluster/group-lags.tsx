import type { Cluster } from '../../../../answers.js';
import { formatWait, groupState } from '../overview/group-state.js';
import { HandlerList } from '../overview/handler-list.js';

type Group = Cluster['groups'][number];
type PartitionGroup = Cluster['partitions'][number]['groups'][number];

/** Each group: its processes, and what it has left to do in each partition. */
export function GroupLags({ cluster: { groups, partitions, limits } }: { readonly cluster: Cluster }) {
  if (groups.length === 0)
    return <p className="empty">No consumer groups yet. A group appears when its service starts.</p>;
  return groups.map((group) => {
    const { label, tone } = groupState(group, limits);
    const parts = partitions.map(({ partition, status, groups: own }) => {
      return { partition, isAway: status === 'away', state: own.find((one) => one.group === group.group) };
    });
    return (
      <section className="group-lags" key={group.group}>
        <h3>
          {group.group} <span className={`mark ${tone}`}>{label}</span>
        </h3>
        <p className="muted">{summaryOf(group)}</p>
        {partitions.length > 1 && <Parts group={group.group} parts={parts} unfinishedMs={limits.unfinishedMs} />}
        {group.handlers !== undefined && group.handlers.length > 0 && <HandlerList handlers={group.handlers} />}
      </section>
    );
  });
}

function summaryOf({ lag, pending, oldestUnfinishedMs, scheduled, waiting, consumers, concurrency }: Group): string {
  const unread = lag === 'unknown' ? 'an unknown number' : lag.toLocaleString();
  const processes = `${consumers} ${consumers === 1 ? 'process' : 'processes'}`;
  return [
    concurrency === undefined
      ? processes
      : `${processes}, at most ${concurrency.toLocaleString()} deliveries at a time`,
    `${unread} unread`,
    `${pending.toLocaleString()} pending`,
    `${scheduled.toLocaleString()} waiting for a retry`,
    ...(waiting === 0 ? [] : [`${waiting.toLocaleString()} waiting for earlier events of their key`]),
    oldestUnfinishedMs === undefined
      ? `everything${scheduled + waiting > 0 ? ' else' : ''} is finished`
      : `oldest unfinished ${formatWait(oldestUnfinishedMs)}`,
  ].join(' · ');
}

interface Part {
  readonly partition: number;
  readonly isAway: boolean;
  /** Undefined if the partition is away, or if the group does not exist there yet. */
  readonly state: PartitionGroup | undefined;
}

interface PartsProps {
  readonly group: string;
  readonly parts: readonly Part[];
  readonly unfinishedMs: number;
}

/** What is left in each partition. */
function Parts({ group, parts, unfinishedMs }: PartsProps) {
  return (
    <details open={parts.length <= 8}>
      <summary>By partition</summary>
      <table className="records">
        <caption className="visually-hidden">What {group} has left to do in each partition</caption>
        <thead>
          <tr>
            <th scope="col">Partition</th>
            <th scope="col">Lag</th>
            <th scope="col">Pending</th>
            <th scope="col">Oldest unfinished</th>
            <th scope="col" className="wide-only">
              Waiting for a retry
            </th>
            <th scope="col" className="wide-only">
              Dead
            </th>
            <th scope="col" className="wide-only">
              Processes
            </th>
          </tr>
        </thead>
        <tbody>
          {parts.map((part) => (
            <PartRow key={part.partition} part={part} unfinishedMs={unfinishedMs} />
          ))}
        </tbody>
      </table>
    </details>
  );
}

function PartRow({ part, unfinishedMs }: { readonly part: Part } & Pick<PartsProps, 'unfinishedMs'>) {
  const { partition, isAway, state } = part;
  if (state === undefined) {
    return (
      <tr>
        <th scope="row">{partition}</th>
        <td>{isAway ? <span className="mark bad">away</span> : 'not joined'}</td>
        <td>–</td>
        <td>–</td>
        <td className="wide-only">–</td>
        <td className="wide-only">–</td>
        <td className="wide-only">–</td>
      </tr>
    );
  }
  const { lag, pending, oldestUnfinishedMs, scheduled, deadLetters, consumers } = state;
  return (
    <tr>
      <th scope="row">{partition}</th>
      <td className="number">{lag === 'unknown' ? 'unknown' : lag.toLocaleString()}</td>
      <td className="number">{pending.toLocaleString()}</td>
      <td className={(oldestUnfinishedMs ?? 0) > unfinishedMs ? 'number bad' : 'number'}>
        {formatWait(oldestUnfinishedMs)}
      </td>
      <td className="number wide-only">{scheduled.toLocaleString()}</td>
      <td className={deadLetters > 0 ? 'number bad wide-only' : 'number wide-only'}>{deadLetters.toLocaleString()}</td>
      <td className="number wide-only">{consumers.toLocaleString()}</td>
    </tr>
  );
}
