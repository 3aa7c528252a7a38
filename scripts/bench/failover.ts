import { setTimeout as sleep } from 'node:timers/promises';
import { type EventBus, silentLogger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { parsePosition } from '../../runtime/event/position.js';
import { startMasters } from '../redis-cluster.js';
import { event, payload, withBus } from './events.js';
import { median, percentile, rounded, type Scenario } from './scenario.js';

const partitions = 8;
const tenants = 100;
/** Time before the master is killed, in milliseconds. */
const before = 2_000;

interface Outage {
  /** Longest time without a handled event in one of the partitions of the killed master, in milliseconds. */
  readonly gapMs: number;
  /** Durations of the publishes in the other partitions after the kill, in milliseconds. */
  readonly others: readonly number[];
  /** Those in all partitions before it. */
  readonly earlier: readonly number[];
}

export const failover: Scenario = {
  name: 'failover',
  description:
    '400 events a second to 8 partitions of 3 masters with a replica each; a master is killed, node timeout 3 s',
  goals: [{ figure: 'gapMs', least: 6_000 }],
  run: async ({ rounds }) => {
    const nodeTimeoutMs = rounds === 0 ? 500 : 3_000;
    const outages: Outage[] = [];
    for (let round = 0; round < Math.max(1, rounds); round += 1) outages.push(await outage(nodeTimeoutMs));
    return {
      gapMs: rounded(median(outages.map(({ gapMs }) => gapMs))),
      longestGapMs: rounded(Math.max(...outages.map(({ gapMs }) => gapMs))),
      othersP99Ms: rounded(p99(outages, 'others')),
      p99BeforeMs: rounded(p99(outages, 'earlier')),
    };
  },
};

function p99(outages: readonly Outage[], of: 'others' | 'earlier'): number {
  const all = outages.flatMap((outage) => outage[of]);
  return percentile(all, 0.99);
}

/** Kills the first master of a new cluster under load. */
async function outage(nodeTimeoutMs: number): Promise<Outage> {
  const cluster = await startMasters(3, { replicas: 1, nodeTimeoutMs });
  const [first] = cluster.nodes;
  try {
    return await withBus(first?.server ?? { url: '' }, (bus) => load(bus, nodeTimeoutMs, () => first?.server.kill()), {
      logger: silentLogger,
      partitions,
      redis: { nodes: cluster.urls },
    });
  } finally {
    await cluster.stop();
  }
}

async function load(bus: EventBus, nodeTimeoutMs: number, kill: () => Promise<void> | undefined): Promise<Outage> {
  /** By partition: when its events were handled, by `performance.now()`. */
  const handled = new Map<number, number[]>();
  const published: { readonly partition: number; readonly sentAt: number; readonly ms: number }[] = [];
  bus.subscribe(
    subscribeTo([event], event.type, { name: 'handler' }, (_event, { streamId }) => {
      const partition = partitionIn(streamId);
      handled.set(partition, [...(handled.get(partition) ?? []), performance.now()]);
    }),
  );
  await bus.start();
  let next = 0;
  const publishing = new Set<Promise<void>>();
  const timer = setInterval(() => {
    next += 1;
    const sentAt = performance.now();
    const one = bus.publish(event, payload, { tenantId: `tenant-${next % tenants}` }).then(
      ({ streamId }) =>
        void published.push({ partition: partitionIn(streamId), sentAt, ms: performance.now() - sentAt }),
      () => undefined,
    );
    publishing.add(one.finally(() => publishing.delete(one)));
  }, 2.5);
  await sleep(before);
  const killedAt = performance.now();
  await kill();
  await sleep(nodeTimeoutMs + 5_000);
  clearInterval(timer);
  await Promise.all(publishing);
  await sleep(500);
  const gaps = new Map([...handled].map(([partition, times]) => [partition, longestGap(times)]));
  // Only the partitions of the killed master are held up for the node timeout.
  const isHeldUp = ({ partition }: { readonly partition: number }) => (gaps.get(partition) ?? 0) >= nodeTimeoutMs;
  const after = published.filter(({ sentAt }) => sentAt >= killedAt);
  return {
    gapMs: Math.max(...gaps.values()),
    others: after.filter((each) => !isHeldUp(each)).map(({ ms }) => ms),
    earlier: published.filter(({ sentAt }) => sentAt < killedAt).map(({ ms }) => ms),
  };
}

function partitionIn(position: string): number {
  return parsePosition(position)?.partition ?? -1;
}

function longestGap(times: readonly number[]): number {
  let longest = 0;
  for (let i = 1; i < times.length; i += 1) longest = Math.max(longest, (times[i] ?? 0) - (times[i - 1] ?? 0));
  return longest;
}
