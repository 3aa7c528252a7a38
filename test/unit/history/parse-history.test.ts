import { describe, expect, it } from 'vitest';
import { checkHistory } from '../../support/history/check-history.js';
import { deliveryCases } from '../../support/history/forged/delivery-cases.js';
import { Forge } from '../../support/history/forged/forge.js';
import { parseHistory } from '../../support/history/parse-history.js';

const forge = new Forge().process('p1', { concurrency: Number.POSITIVE_INFINITY });
const records = forge.run(forge.publish()).end();
const lines = records.map((record) => JSON.stringify(record));

describe('parseHistory', () => {
  it('reads every kind of record as it was written', () => {
    expect(parseHistory(`${lines.join('\n')}\n`)).toEqual(records);
    for (const forged of Object.values(deliveryCases).flat()) {
      const written = forged.good();
      expect(parseHistory(written.map((record) => JSON.stringify(record)).join('\n'))).toEqual(written);
    }
  });

  it('ignores a torn last line: its process was killed', () => {
    for (const line of lines)
      for (const length of [1, 10, line.length - 1]) {
        const torn = `${lines[0]}\n${line.slice(0, length)}`;
        expect(parseHistory(torn), torn).toEqual(records.slice(0, 1));
      }
  });

  it.each([
    ['{"kind":"end"', 'history.ndjson:2: not JSON'],
    ['null', 'history.ndjson:2: not an object'],
    ['{"at":1}', 'history.ndjson:2: unknown kind undefined'],
    ['{"at":1,"kind":"toString"}', 'history.ndjson:2: unknown kind "toString"'],
    ['{"kind":"end","drained":true}', 'history.ndjson:2: end: at must be a number, not undefined'],
    ['{"at":1,"kind":"end","drained":"yes"}', 'history.ndjson:2: end: drained must be a boolean, not "yes"'],
    ['{"at":1,"kind":"acknowledged","call":"c","events":{}}', 'history.ndjson:2: acknowledged: events must be a list'],
    ['{"at":1,"kind":"run-start","run":"r"}', 'history.ndjson:2: run-start: process must be a string'],
  ])('refuses %s, with its line', (line, message) => {
    expect(() => parseHistory(`${lines[0]}\n${line}\n${lines[1]}\n`, 'history.ndjson')).toThrow(message);
  });

  it('refuses a malformed line at the end if it is a whole line', () => {
    expect(() => parseHistory(`${lines[0]}\n{"kind":\n`)).toThrow('history:2: not JSON');
  });
});

describe('checkHistory', () => {
  it('sorts the records by time: the files of processes may be read in any order', () => {
    const reversed = parseHistory([...lines].reverse().join('\n'));
    expect(checkHistory(reversed).violations).toEqual([]);
  });
});
