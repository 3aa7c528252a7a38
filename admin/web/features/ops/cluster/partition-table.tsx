import type { Cluster } from '../../../../answers.js';
import { formatDuration } from '../../../ui/format-duration.js';

type Partition = Cluster['partitions'][number];
type Figures = Cluster['total'];

/** The figures of each partition, and of all together. */
export function PartitionTable({ cluster: { partitions, total } }: { readonly cluster: Cluster }) {
  const hasParents = partitions.some(({ parent }) => parent !== undefined);
  return (
    <table className="records">
      <caption className="visually-hidden">Partitions with their servers and figures</caption>
      <thead>
        <tr>
          <th scope="col">Partition</th>
          <th scope="col">Server</th>
          {hasParents && (
            <th scope="col" className="wide-only">
              Split from
            </th>
          )}
          <th scope="col">Entries</th>
          <th scope="col" className="wide-only">
            Published, 24 h
          </th>
          <th scope="col" className="wide-only">
            Published, 1 min
          </th>
          <th scope="col" className="wide-only">
            Handled, 24 h
          </th>
          <th scope="col" className="wide-only">
            Log entries
          </th>
          <th scope="col">Dead</th>
          <th scope="col" className="wide-only">
            Index
          </th>
        </tr>
      </thead>
      <tbody>
        {partitions.map((partition) => (
          <Row key={partition.partition} partition={partition} hasParents={hasParents} />
        ))}
      </tbody>
      {partitions.length > 1 && (
        <tfoot>
          <tr>
            <th scope="row">Total</th>
            <td />
            {hasParents && <td className="wide-only" />}
            <FigureCells figures={total} />
            <td className="wide-only" />
          </tr>
        </tfoot>
      )}
    </table>
  );
}

function Row({ partition: all, hasParents }: { readonly partition: Partition; readonly hasParents: boolean }) {
  const { partition, server = 'unknown', parent, splitAt, figures, index } = all;
  return (
    <tr>
      <th scope="row">
        {partition} {parent !== undefined && <span className="narrow-only muted">from {parent}</span>}
      </th>
      <td className="address">
        {server} {figures === undefined && <span className="mark bad">away</span>}
      </td>
      {hasParents && (
        <td className="number wide-only" title={splitAt === undefined ? undefined : new Date(splitAt).toLocaleString()}>
          {parent ?? '–'}
        </td>
      )}
      {figures === undefined ? <NoFigures /> : <FigureCells figures={figures} />}
      <td className="wide-only">{indexText(index)}</td>
    </tr>
  );
}

function FigureCells({ figures }: { readonly figures: Figures }) {
  const { entries, deadLetters, logEntries, lastMinute, lastDay } = figures;
  return (
    <>
      <td className="number">{entries.toLocaleString()}</td>
      <td className="number wide-only">{lastDay.published.toLocaleString()}</td>
      <td className="number wide-only">{lastMinute.published.toLocaleString()}</td>
      <td className="number wide-only">{lastDay.handled.toLocaleString()}</td>
      <td className="number wide-only">{logEntries.toLocaleString()}</td>
      <td className={deadLetters > 0 ? 'number bad' : 'number'}>{deadLetters.toLocaleString()}</td>
    </>
  );
}

function NoFigures() {
  return (
    <>
      <td>–</td>
      <td className="wide-only">–</td>
      <td className="wide-only">–</td>
      <td className="wide-only">–</td>
      <td className="wide-only">–</td>
      <td>–</td>
    </>
  );
}

function indexText(index: Partition['index']): string {
  if (index === undefined) return 'not open';
  const behindMs = Math.max(index.eventsBehindMs, index.logBehindMs);
  return behindMs === 0 ? 'up to date' : `${formatDuration(Math.round(behindMs / 1_000) * 1_000)} behind`;
}
