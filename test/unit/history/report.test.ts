import { expect, it } from 'vitest';
import { checkHistory } from '../../support/history/check-history.js';
import { Forge } from '../../support/history/forged/forge.js';
import { formatReport } from '../../support/history/report.js';

it('formatReport: without violations, counts, causes of repeated runs and what is not decided', () => {
  const forge = new Forge().process().process('p2');
  const event = forge.publish();
  forge.run(event).fault(['repeat']).run(event, { process: 'p2' });
  forge.reject('UNAVAILABLE');
  const report = checkHistory(forge.unstore(event).end());
  expect(report.undecided).toEqual([
    'no entry of the stream: whether acknowledged events were stored',
    'no final state of a delivery: whether the reported states are true',
  ]);
  expect(formatReport(report)).toBe(
    [
      'No violation.',
      'published 2, acknowledged 1, rejected 1, unknown 0, written 1, runs 2, handled 1, repeated 1, dead 0, discarded 0, expired 0, lost 0, outOfOrder 0',
      '  1 repeated: fault: repeat',
      'Not decided: no entry of the stream: whether acknowledged events were stored',
      'Not decided: no final state of a delivery: whether the reported states are true',
    ].join('\n'),
  );
});

it('formatReport: of each rule, its sentence and the records that prove some of its violations', () => {
  const forge = new Forge().process();
  const events = Array.from({ length: 7 }, () => forge.publish());
  for (const event of events) forge.run(event);
  forge.run(events[0] ?? forge.publish(), { data: 'other' });
  const again = events.slice(1).map((event) => forge.run(event));
  expect(again).toHaveLength(6);
  const text = formatReport(checkHistory(forge.end()));
  expect(text.split('\n').slice(0, 2)).toEqual([
    '8 violations of 2 rules.',
    expect.stringContaining('runs 14, handled 7, repeated 7'),
  ]);
  const lines = text.slice(text.indexOf('\nrepeated-with-cause: ')).trim().split('\n');
  expect(lines.slice(0, 6)).toEqual([
    'repeated-with-cause: A delivery runs again after a recorded outcome only with a cause. (7)',
    '  - e3 in billing/bill ran again after run r22 (completed), and nothing explains it',
    expect.stringMatching(/^ {10}0\.750 s {2}run-start {2}\{"run":"r22","eventId":"e3",/),
    '          0.800 s  run-end  {"run":"r22","outcome":"completed"}',
    expect.stringMatching(/^ {10}1\.450 s {2}run-start {2}\{"run":"r29",/),
    '          1.500 s  run-end  {"run":"r29","outcome":"completed"}',
  ]);
  expect(lines.at(-1)).toBe('  … and 2 more');
});
