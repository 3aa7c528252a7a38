import { describe, expect, it } from 'vitest';
import { recordText } from '../../../../generator/tail/record-text.js';
import { eventRecord, type OutcomeRecord, outcomeRecord } from '../../../../generator/tail/tail-record.js';

const envelope = {
  id: 'evt_1',
  type: 'order.order.placed',
  version: '1.0.0',
  tenantId: 'acme',
  source: 'shop',
  data: { orderId: 'ord_1' },
};
const streamId = '1795966468540-0';
const withoutTime = (text: string) => text.replace(/^\S*\d\d:\d\d:\d\d\S* /, '');
const failed: OutcomeRecord = {
  kind: 'outcome',
  at: '2026-11-29T15:34:28.540Z',
  outcome: 'failed',
  group: 'billing',
  handler: 'invoice',
  streamId,
  type: 'order.order.placed',
  attempt: 1,
  error: { name: 'Error', message: 'no rate' },
};

describe('recordText', () => {
  it('has an event at the beginning of the line, with its data only if it is asked for', () => {
    const json = JSON.stringify(envelope);
    expect(withoutTime(recordText(eventRecord(streamId, json, false), false))).toBe(
      'order.order.placed  tenant acme  from shop  id evt_1',
    );
    expect(recordText(eventRecord(streamId, json, true), false)).toContain('\n         {"orderId":"ord_1"}');
  });

  it.each([[undefined], ['{'], ['null'], ['[]'], ['"text"'], ['{}']])(
    'names the entry of %j, which is not an event',
    (json) => {
      expect(withoutTime(recordText(eventRecord(streamId, json, true), false))).toContain(
        `not an event entry ${streamId}`,
      );
    },
  );

  it('has an outcome indented, with its run and its error', () => {
    expect(withoutTime(recordText(failed, false))).toBe(
      '  failed  order.order.placed in billing/invoice  run 1  Error: no rate',
    );
    const dead = { ...failed, outcome: 'dead', reason: 'HANDLER_FAILED', deadLetterId: '1-0' };
    expect(recordText(dead, false)).toContain('dead letter (HANDLER_FAILED)  order.order.placed in billing/invoice');
  });

  it('is coloured only if it is asked for', () => {
    expect(recordText(failed, false)).not.toContain('\u001b[');
    expect(recordText(failed, true)).toContain('\u001b[33mfailed\u001b[0m');
  });
});

describe('outcomeRecord', () => {
  it('keeps what a log entry of any version has, and nothing else', () => {
    const entry = {
      id: streamId,
      kind: 'unknown',
      group: 'g',
      handler: '',
      streamId: '1-1',
      detail: { error: 'x', attempt: '2' },
    } as const;
    expect(outcomeRecord(entry)).toEqual({
      kind: 'outcome',
      at: '2026-11-29T15:34:28.540Z',
      outcome: 'unknown',
      group: 'g',
      handler: '',
      streamId: '1-1',
    });
  });
});
