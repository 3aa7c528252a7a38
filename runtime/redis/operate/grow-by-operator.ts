import type { Actor } from '../../operate/dead-letter.js';
import type { GrownPartitions, GrowthStep } from '../../operate/partition-operations.js';
import { explainUnavailable } from '../connection/explain-unavailable.js';
import type { Link } from '../connection/link.js';
import { type GrowOptions, growPartitions, type MakeStep } from '../partitions/grow.js';
import { logGrowthStartScript } from '../partitions/growth-log.lua.js';
import { logGrowthEnd } from '../partitions/log-growth-end.js';
import type { Partition } from '../partitions/partition.js';
import { mapOf } from '../partitions/partition-map.js';
import type { MapFields } from '../partitions/partition-map.lua.js';

/** Time after which a call of a growth rejects, in milliseconds: publishers may wait for its end. */
const callTimeoutMs = 5_000;

/** A growth by an operator. */
export interface OperatorGrowth extends Pick<GrowOptions, 'prefix' | 'partition' | 'count'> {
  /** The link to the server that has the map. */
  readonly map: Link;
  /** The partition whose log has the entries. */
  readonly first: Partition;
  /** Number of partitions before. */
  readonly from: number;
  readonly by: Actor;
  /** Called after each step. */
  readonly onStep: (step: GrowthStep) => void;
}

/** Grows the partitions, measures the steps, and writes in the transition log who did it. @throws EventBusError as `growPartitions` */
export async function growByOperator(growth: OperatorGrowth): Promise<GrownPartitions> {
  const { from, by, first, onStep } = growth;
  const steps: GrowthStep[] = [];
  const startedAt = performance.now();
  const passedMs = () => rounded(performance.now() - startedAt);
  let count = 2 * from;
  let hasBegun = false;
  const logStart = () => {
    const { log, partition } = first.keys;
    const detail = JSON.stringify({ before: { partitions: from }, after: { partitions: growth.count } });
    const who = { actor: by.actor, origin: by.from ?? '' };
    const call = logGrowthStartScript.call({ log, partition, count: growth.count, detail, ...who });
    return first.connection.ask(call, callTimeoutMs);
  };
  const step: MakeStep = async (of, call) => {
    if (of.step === 'begin' && !hasBegun) {
      await logStart();
      hasBegun = true;
    }
    const atMs = passedMs();
    const result = await call();
    if (of.step === 'begin') count = 2 * mapOf(result as MapFields, growth.prefix).count;
    const made = { ...of, count, atMs, tookMs: rounded(passedMs() - atMs) };
    steps.push(made);
    onStep(made);
    return result;
  };
  try {
    const map = await growPartitions({ ...growth, callTimeoutMs, step });
    if (hasBegun) await logGrowthEnd(first, map.count, callTimeoutMs);
    return { from, count: map.count, epoch: map.epoch, steps };
  } catch (error) {
    if (!hasBegun) throw error;
    const fix = `make that server available; a service then ends the growth, or repeat the call with the count ${growth.count}`;
    throw explainUnavailable(error, (message) => `${message}: the growth is under way; fix: ${fix}`);
  }
}

/** To microseconds. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
