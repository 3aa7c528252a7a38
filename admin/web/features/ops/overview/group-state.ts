import type { GroupStats, Stats } from '../../../../answers.js';
import { formatDuration } from '../../../ui/format-duration.js';

/** How a group does, in a word, with the colour it has. */
export interface GroupState {
  readonly label: string;
  readonly tone: 'good' | 'warn' | 'bad' | 'quiet';
}

/** How long the oldest event has waited, in words. @param ms Undefined where none waits. */
export function formatWait(ms: number | undefined): string {
  if (ms === undefined) return '–';
  return ms < 1_000 ? 'under 1 s' : formatDuration(Math.round(ms / 1_000) * 1_000);
}

/** How a group does, as `/health/events` judges it. @param limits Of the statistics. */
export function groupState(
  { retired, consumers, oldestUnfinishedMs = 0 }: GroupStats,
  { unfinishedMs }: Pick<Stats['limits'], 'unfinishedMs'>,
): GroupState {
  if (retired) return { label: 'retired', tone: 'quiet' };
  if (consumers === 0) return { label: 'no process', tone: oldestUnfinishedMs > 0 ? 'bad' : 'warn' };
  if (oldestUnfinishedMs > unfinishedMs) return { label: 'behind', tone: 'bad' };
  return { label: 'working', tone: 'good' };
}
