import type { GroupStats } from '../../../../answers.js';
import { formatDuration } from '../../../ui/format-duration.js';

/** How a group does, in a word, with the colour it has. */
export interface GroupState {
  readonly words: string;
  readonly look: 'good' | 'warn' | 'bad' | 'quiet';
}

/** What is unfinished for longer is a fault: the service's own default for `/health/events`, in milliseconds. */
export const unfinishedLimitMs = 5 * 60_000;

/** How long the oldest event has waited, in words. @param ms Undefined where none waits. */
export function waitWords(ms: number | undefined): string {
  if (ms === undefined) return '–';
  return ms < 1_000 ? 'under 1 s' : formatDuration(Math.round(ms / 1_000) * 1_000);
}

/** How a group does: what `/health/events` would say of it. */
export function groupState({ retired, consumers, oldestUnfinishedMs = 0 }: GroupStats): GroupState {
  if (retired) return { words: 'retired', look: 'quiet' };
  if (consumers === 0) return { words: 'no process', look: oldestUnfinishedMs > 0 ? 'bad' : 'warn' };
  if (oldestUnfinishedMs > unfinishedLimitMs) return { words: 'behind', look: 'bad' };
  return { words: 'working', look: 'good' };
}
