import type { GrownPartitions, GrowthStep, InheritingGroup } from '@hyvve-events/runtime';
import { listOf } from '../support/ranges.js';
import { columns, type Paint } from './terminal.js';

/** The parts of a doubling, in their order: their steps, and what they do with a number of partitions. */
const parts = [
  { steps: ['begin'], describe: () => 'mark the growth in the map' },
  {
    steps: ['seal', 'read', 'open'],
    describe: (half: number) => `seal ${partitions(half)}, open ${half} new: publishers wait`,
  },
  { steps: ['finish'], describe: () => 'write the map: publishers go on' },
] as const;

/** The lines that describe a growth that has ended, with the time of each part. */
export function growthLines({ from, count, epoch, steps }: GrownPartitions, paint: Paint): readonly string[] {
  if (from === count) return [`nothing to do: there are ${count} partitions`];
  const doublings = [...new Set(steps.filter(({ step }) => step === 'finish').map((step) => step.count))];
  const lines = doublings.flatMap((target) => {
    const own = steps.filter((step) => step.count === target);
    return [`${target / 2} → ${target} partitions`, ...partRows(own, target / 2)];
  });
  return [...lines, paint('green', `grown from ${from} to ${count} partitions in ${spanOf(steps)} (epoch ${epoch})`)];
}

function partRows(steps: readonly GrowthStep[], half: number): readonly string[] {
  const begin = steps.find(({ step }) => step === 'begin')?.atMs ?? 0;
  const rows = parts.map(({ steps: names, describe }) => {
    const own = steps.filter(({ step, atMs }) => atMs >= begin && names.some((name) => name === step));
    return [`  ${describe(half)}`, spanOf(own)];
  });
  return columns(rows);
}

/** The time from the first begin to the last end: steps of several partitions are made at the same time. */
function spanOf(steps: readonly GrowthStep[]): string {
  const begin = Math.min(...steps.map(({ atMs }) => atMs));
  return ms(Math.max(...steps.map(({ atMs, tookMs }) => atMs + tookMs)) - begin);
}

/**
 * What to know after a growth.
 * @param waiting Groups that handle events from before the growth first; undefined if a partition cannot be read.
 */
export function nextLines(
  { from, count }: GrownPartitions,
  waiting: readonly InheritingGroup[] | undefined,
): readonly string[] {
  const hint = [
    'Running services follow by themselves: nothing has to be restarted. At the next deployment, set their option `partitions`',
    'to the new number, or leave it out.',
  ];
  if (waiting === undefined)
    return [...hint, 'A partition does not reply, so that the groups that wait are not known.'];
  const groups = [...new Set(waiting.map(({ group }) => group))];
  return [
    ...(from === count ? [] : hint),
    ...(groups.length === 0
      ? ['No group waits for events from before the growth.']
      : ['Groups that handle events from before the growth first (repeat the command to look again):']),
    ...groups.map((group) => `  ${group}: ${waitsOf(waiting.filter((one) => one.group === group))}`),
  ];
}

function waitsOf(own: readonly InheritingGroup[]): string {
  const unread = own.filter(({ reads }) => !reads).map(({ partition }) => partition);
  const keys = own.reduce((sum, one) => sum + (one.reads ? one.keys : 0), 0);
  return [
    ...(unread.length === 0
      ? []
      : [`does not read ${unread.length === 1 ? 'partition' : 'partitions'} ${listOf(unread)} yet`]),
    ...(keys === 0 ? [] : [`events of ${keys} ${keys === 1 ? 'key wait' : 'keys wait'} in new partitions`]),
  ].join('; ');
}

function partitions(count: number): string {
  return `${count} ${count === 1 ? 'partition' : 'partitions'}`;
}

/** Formats a duration in milliseconds. */
function ms(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}
