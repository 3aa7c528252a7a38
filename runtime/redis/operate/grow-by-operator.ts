import { EventBusError } from '../../errors.js';
import type { Actor } from '../../operate/dead-letter.js';
import type { GrownPartitions, GrowthStep } from '../../operate/partition-operations.js';
import type { Link } from '../connection/link.js';
import { type GrowOptions, growPartitions } from '../partitions/grow.js';
import type { Partition } from '../partitions/partition.js';
import { mapOf, type PartitionMap } from '../partitions/partition-map.js';
import type { MapFields } from '../partitions/partition-map.lua.js';
import { logGrowthScript } from './growth-log.lua.js';

/** Time after which a call of a growth rejects, in milliseconds: publishers may wait for its end. */
const callTimeoutMs = 5_000;

/** A growth by an operator. */
export interface OperatorGrowth extends Pick<GrowOptions, 'prefix' | 'partition' | 'count'> {
  /** The link to the server that has the map. */
  readonly map: Link;
  /** The partition whose log has the entries. */
  readonly first: Partition;
  /** The map before. */
  readonly present: PartitionMap;
  readonly by: Actor;
  /** Called after each step. */
  readonly onStep: (step: GrowthStep) => void;
}

/** Grows the partitions, measures the steps, and writes in the transition log who did it. @throws EventBusError as `growPartitions` */
export async function growByOperator(growth: OperatorGrowth): Promise<GrownPartitions> {
  const { present, by, first, onStep } = growth;
  const from = present.count;
  // A growth to another number is a conflict: nothing begins.
  const mayBegin = present.growing === undefined || present.growing === growth.count;
  const steps: GrowthStep[] = [];
  const startedAt = performance.now();
  const passedMs = () => rounded(performance.now() - startedAt);
  let count = 2 * from;
  let hasBegun = false;
  const log = (kind: 'growth-started' | 'growth-completed') => {
    const detail = JSON.stringify({ before: { partitions: from }, after: { partitions: growth.count } });
    const call = logGrowthScript.call({ log: first.keys.log, kind, detail, actor: by.actor, origin: by.from ?? '' });
    return first.connection.ask(call, callTimeoutMs);
  };
  const step: NonNullable<GrowOptions['step']> = async (what, call) => {
    if (what.step === 'begin' && !hasBegun && mayBegin) {
      await log('growth-started');
      hasBegun = true;
    }
    const atMs = passedMs();
    const result = await call();
    if (what.step === 'begin') count = 2 * mapOf(result as MapFields, growth.prefix).count;
    const made = { ...what, count, atMs, tookMs: rounded(passedMs() - atMs) };
    steps.push(made);
    onStep(made);
    return result;
  };
  try {
    const map = await growPartitions({ ...growth, callTimeoutMs, step });
    if (hasBegun) await log('growth-completed');
    return { from, count: map.count, epoch: map.epoch, steps };
  } catch (error) {
    throw hasBegun ? underWay(error, growth.count) : error;
  }
}

/** To microseconds. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

function underWay(error: unknown, count: number): unknown {
  if (!(error instanceof EventBusError) || error.code !== 'UNAVAILABLE') return error;
  const fix = `make that server available; a service then ends the growth, or repeat the call with the count ${count}`;
  return new EventBusError('UNAVAILABLE', `${error.rawMessage}: the growth is under way; fix: ${fix}`, {
    cause: error,
  });
}
