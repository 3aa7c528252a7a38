import { expect, it } from 'vitest';
import { docstring } from '../../../../models/python/print-type.js';

it.each([
  ['short', ['"""short"""']],
  ['ends with "', ['"""ends with \\""""']],
  ['ends with \\', ['"""ends with \\\\"""']],
  ['""" in it', ['"""\\"\\"\\" in it"""']],
  ['two\r\nlines\u2028more', ['"""two', 'lines', 'more', '"""']],
])('the docstring of %j', (text, lines) => {
  expect(docstring(text, '')).toEqual(lines);
});

it('lines are at most 88 characters long', () => {
  const lines = docstring('word '.repeat(60), '    ');
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(91);
});
