import type { Cluster } from '../../../../answers.js';
import { listOf, rangesOf } from '../../../../support/ranges.js';
import { formatBytes } from '../../../ui/format-bytes.js';
import { formatPercent } from '../../../ui/format-number.js';

type Server = Cluster['servers'][number];

/** Ranges of slots that are shown; a master that has many is described by their number. */
const mostRanges = 3;

const states = {
  reachable: { label: 'reachable', tone: 'good' },
  away: { label: 'away', tone: 'bad' },
  unused: { label: 'no partition', tone: 'quiet' },
} as const;

/** The server, or the masters of a cluster. */
export function ServerTable({ cluster: { servers, limits } }: { readonly cluster: Cluster }) {
  const hasSlots = servers.some(({ slots }) => slots !== undefined);
  return (
    <table className="records">
      <caption className="visually-hidden">Servers with their partitions and memory</caption>
      <thead>
        <tr>
          <th scope="col">Address</th>
          <th scope="col" className="wide-only">
            State
          </th>
          {hasSlots && (
            <th scope="col" className="wide-only">
              Slots
            </th>
          )}
          <th scope="col">Partitions</th>
          <th scope="col">Memory</th>
        </tr>
      </thead>
      <tbody>
        {servers.map(({ address, status, slots, partitions, memory }) => (
          <tr key={address}>
            <th scope="row" className="address">
              {address}{' '}
              <span className="narrow-only">
                <State status={status} />
              </span>
            </th>
            <td className="wide-only">
              <State status={status} />
            </td>
            {hasSlots && <td className="wide-only">{slotsText(slots ?? [])}</td>}
            <td className="number">{partitions.length === 0 ? '–' : listOf(partitions)}</td>
            <td className="number">
              {memory === undefined ? '–' : <Memory memory={memory} limit={limits.memoryShare} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function State({ status }: Pick<Server, 'status'>) {
  const { label, tone } = states[status];
  return <span className={`mark ${tone}`}>{label}</span>;
}

function Memory({ memory, limit }: { readonly memory: NonNullable<Server['memory']>; readonly limit: number }) {
  const { usedBytes, maxBytes } = memory;
  if (maxBytes === undefined) return <>{formatBytes(usedBytes)}, no limit</>;
  const share = usedBytes / maxBytes;
  return (
    <>
      {formatBytes(usedBytes)} of {formatBytes(maxBytes)}
      <span className={share > limit ? 'memory bad' : 'memory'}>
        {' '}
        {formatPercent(share)}
        {share > limit && ', publishing is refused'}
      </span>
    </>
  );
}

function slotsText(slots: NonNullable<Server['slots']>): string {
  const count = slots.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  const ranges = rangesOf(slots);
  const places = ranges.length > mostRanges ? `${ranges.length} ranges` : ranges.join(', ');
  return count === 0 ? 'none' : `${count.toLocaleString()} (${places})`;
}
