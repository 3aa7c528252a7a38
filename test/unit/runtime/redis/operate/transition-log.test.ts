import { describe, expect, it } from 'vitest';
import { logEntryOf } from '../../../../../runtime/redis/operate/transition-log.js';

const fields = (kind: string, ...more: readonly string[]) => [
  ...['k', kind, 'group', 'billing', 'handler', 'bill', 'stream', '5-0', 'd', '{"attempt":2}'],
  ...more,
];

describe('logEntryOf: an entry of the log stream', () => {
  it('a failed run: its fields, and the time of the next run as ISO 8601', () => {
    expect(logEntryOf('7-0', fields('failed', 'due', '1767225600000'))).toEqual({
      id: '7-0',
      kind: 'failed',
      group: 'billing',
      handler: 'bill',
      streamId: '5-0',
      detail: { attempt: 2 },
      dueAt: '2026-01-01T00:00:00.000Z',
    });
  });

  it('kinds that older versions stored with other names are reported with their present names', () => {
    expect(logEntryOf('7-0', fields('retired', 'actor', 'ann', 'from', ''))).toMatchObject({
      kind: 'group-retired',
      actor: 'ann',
    });
    expect(logEntryOf('7-0', fields('replayed')).kind).toBe('replay-started');
  });

  it('⚑ a kind of a newer version is reported as unknown: the entry is not lost, and reading continues after it', () => {
    expect(logEntryOf('7-0', fields('teleported'))).toMatchObject({ id: '7-0', kind: 'unknown', group: 'billing' });
  });
});
