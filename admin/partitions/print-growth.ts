import type { GrownPartitions, GrowthStep, InheritingGroup } from '@hyvve-events/runtime';
import { columns, type Paint } from './terminal.js';

/** The steps that every doubling has, in their order. */
const doublingSteps = ['begin', 'seal', 'open', 'finish'] as const;

type DoublingStep = (typeof doublingSteps)[number];

/** What a step does, with the number of partitions that it was done for. */
const descriptions: Readonly<Record<DoublingStep, (count: number) => string>> = {
  begin: () => 'mark the growth in the map',
  seal: (count) => `seal ${partitions(count)}: publishers wait from now on`,
  open: (count) => `open ${partitions(count, 'new ')}`,
  finish: () => 'write the map: publishers go on',
};

/** The lines that describe a growth that has ended, with the time of each step. */
export function growthLines({ from, count, epoch, steps }: GrownPartitions, paint: Paint): readonly string[] {
  if (from === count) return [`nothing to do: there are ${count} partitions`];
  const doublings = [...new Set(steps.filter(({ step }) => step === 'finish').map((step) => step.count))];
  const lines = doublings.flatMap((target) => [`${target / 2} → ${target} partitions`, ...stepRows(steps, target)]);
  const took = steps.reduce((sum, { tookMs }) => sum + tookMs, 0);
  return [...lines, paint('green', `grown from ${from} to ${count} partitions in ${ms(took)} (epoch ${epoch})`)];
}

function stepRows(steps: readonly GrowthStep[], target: number): readonly string[] {
  const rows = doublingSteps.map((step) => {
    const own = steps.filter((one) => one.step === step && one.count === target);
    return [`  ${descriptions[step](own.length)}`, ms(own.reduce((sum, { tookMs }) => sum + tookMs, 0))];
  });
  return columns(rows);
}

/** What to know after a growth. @param waiting Groups that handle events from before the growth first. */
export function nextLines({ from, count }: GrownPartitions, waiting: readonly InheritingGroup[]): readonly string[] {
  const hint = [
    'Running services follow by themselves: nothing has to be restarted. At the next deployment, set their option `partitions`',
    'to the new number, or leave it out.',
  ];
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
    ...(unread.length === 0 ? [] : [`does not read partition ${unread.join(', ')} yet`]),
    ...(keys === 0 ? [] : [`events of ${keys} ${keys === 1 ? 'key wait' : 'keys wait'} in new partitions`]),
  ].join('; ');
}

function partitions(count: number, kind = ''): string {
  return `${count} ${kind}${count === 1 ? 'partition' : 'partitions'}`;
}

/** Formats a duration in milliseconds. */
function ms(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}
