import { comparePositions } from '../../event/position.js';
import { parkedCounts } from '../../operate/parked.js';

import type {
  GroupStatistics,
  PartitionStatistics,
  StatisticsSnapshot,
  StreamStatistics,
} from '../../operate/statistics.js';
import { addCounts, noCounts } from './counters.js';

/** The state of all partitions together, and of each one. */
export function wholeSnapshot(partitions: readonly PartitionStatistics[]): Omit<StatisticsSnapshot, 'at'> {
  const byGroup = new Map<string, GroupStatistics[]>();
  for (const statistics of partitions.flatMap(({ groups }) => groups)) {
    byGroup.set(statistics.group, [...(byGroup.get(statistics.group) ?? []), statistics]);
  }
  const names = [...byGroup.keys()].sort();
  return {
    stream: wholeStream(partitions.map(({ stream }) => stream)),
    groups: names.map((name) => wholeGroup(name, byGroup.get(name) ?? [])),
    deadLetters: sum(partitions.map(({ deadLetters }) => deadLetters)),
    logLines: sum(partitions.map(({ logLines }) => logLines)),
    memory: fullest(partitions.map(({ memory }) => memory)),
    partitions,
    lastMinute: partitions.map(({ lastMinute }) => lastMinute).reduce(addCounts, noCounts),
    lastDay: partitions.map(({ lastDay }) => lastDay).reduce(addCounts, noCounts),
  };
}

function wholeStream(streams: readonly StreamStatistics[]): StreamStatistics {
  const used = streams.filter(({ firstId }) => firstId !== undefined);
  const first = [...used].sort((a, b) => comparePositions(a.firstId ?? '', b.firstId ?? ''))[0];
  const last = [...used].sort((a, b) => comparePositions(a.lastId ?? '', b.lastId ?? '')).at(-1);
  return {
    length: sum(streams.map(({ length }) => length)),
    firstId: first?.firstId,
    lastId: last?.lastId,
    firstAt: first?.firstAt,
    lastAt: last?.lastAt,
  };
}

function wholeGroup(group: string, partitions: readonly GroupStatistics[]): GroupStatistics {
  const total = (figure: (of: GroupStatistics) => number) => sum(partitions.map(figure));
  const lag = (figure: (of: GroupStatistics) => number | 'unknown') => {
    const lags = partitions.map(figure);
    return lags.includes('unknown') ? 'unknown' : sum(lags.map(Number));
  };
  const ages = partitions.flatMap(({ oldestUnfinishedMs }) => oldestUnfinishedMs ?? []);
  return {
    group,
    pending: total(({ pending }) => pending),
    lag: lag((of) => of.lag),
    oldestUnfinishedMs: ages.length === 0 ? undefined : Math.max(...ages),
    scheduled: total(({ scheduled }) => scheduled),
    parked: total(({ parked }) => parked),
    parkedVersions: parkedCounts(partitions.flatMap(({ parkedVersions }) => parkedVersions)),
    waiting: total(({ waiting }) => waiting),
    keyQueues: total(({ keyQueues }) => keyQueues),
    deadLetters: total(({ deadLetters }) => deadLetters),
    replayPending: total(({ replayPending }) => replayPending),
    replayLag: lag((of) => of.replayLag),
    // Every process registers in every partition.
    consumers: Math.max(...partitions.map(({ consumers }) => consumers)),
    retired: partitions.every(({ retired }) => retired),
  };
}

/** The memory of the server that has used the largest share of its limit, or the most bytes if none has a limit. */
function fullest(servers: readonly StatisticsSnapshot['memory'][]): StatisticsSnapshot['memory'] {
  const share = ({ usedBytes, maxBytes }: StatisticsSnapshot['memory']) =>
    maxBytes === undefined ? 0 : usedBytes / maxBytes;
  const sorted = [...servers].sort((a, b) => share(b) - share(a) || b.usedBytes - a.usedBytes);
  return sorted[0] ?? { usedBytes: 0, maxBytes: undefined };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}
