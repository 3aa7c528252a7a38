import type { GroupStats, Stats } from '../../../../answers.js';
import { formatDuration } from '../../../ui/format-duration.js';

/** State of a group: its label and its colour. */
export interface GroupState {
  readonly label: string;
  readonly tone: 'good' | 'warn' | 'bad' | 'quiet';
}

/** Formats how long the oldest event has waited. @param ms Undefined if no event waits. */
export function formatWait(ms: number | undefined): string {
  if (ms === undefined) return '–';
  return ms < 1_000 ? 'under 1 s' : formatDuration(Math.round(ms / 1_000) * 1_000);
}

/** State of a group by the rules of `/health/events`. @param limits Limits of the statistics. */
export function groupState(
  { retired, consumers, oldestUnfinishedMs = 0 }: Pick<GroupStats, 'retired' | 'consumers' | 'oldestUnfinishedMs'>,
  { unfinishedMs }: Pick<Stats['limits'], 'unfinishedMs'>,
): GroupState {
  if (retired) return { label: 'retired', tone: 'quiet' };
  if (consumers === 0) return { label: 'no process', tone: oldestUnfinishedMs > 0 ? 'bad' : 'warn' };
  if (oldestUnfinishedMs > unfinishedMs) return { label: 'behind', tone: 'bad' };
  return { label: 'working', tone: 'good' };
}

/** What is left when every event that was read has run: the deliveries that wait for a retry, for their turn or for a new build. */
export function summaryOfLater(groups: readonly Pick<GroupStats, 'scheduled' | 'waiting' | 'parked'>[]): string {
  const later = groups.reduce((sum, { scheduled, waiting, parked }) => sum + scheduled + waiting + parked, 0);
  if (later === 0) return 'everything is finished';
  const deliveries = later === 1 ? '1 delivery waits' : `${later.toLocaleString()} deliveries wait`;
  return `${deliveries} for a retry, a turn or a new build`;
}
