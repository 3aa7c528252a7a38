import { describe, expect, it } from 'vitest';
import { SourceFile } from '../../../../generator/source/source-file.js';
import { GeneratorError } from '../../../../generator/support/errors.js';

const deep = (open: string, close: string, levels: number) => open.repeat(levels) + close.repeat(levels);

const refused: readonly (readonly [name: string, test: { given: string; want: RegExp }])[] = [
  ['a key twice in YAML', { given: 'a: 1\nb: 2\na: 3\n', want: /^3:1 Map keys must be unique$/ }],
  ['a key twice in JSON', { given: '{\n "a": { "b": 1 },\n "a": 2 }', want: /^3:2 Map keys must be unique$/ }],
  ['two documents', { given: 'a: 1\n---\na: 2\n', want: /^2:1 another document begins here$/ }],
  ['JSON with 20,000 levels', { given: deep('[', ']', 20_000), want: /^1:1 values are nested more than 600 / }],
  ['YAML with 5,000 levels', { given: `a: ${deep('[', ']', 5000)}`, want: /^1:\d+ values are nested more than/ }],
  ['YAML with 700 levels', { given: `a: ${deep('[', ']', 700)}`, want: /^1:1 values are nested more than 600/ }],
  ['an alias that contains itself', { given: 'a: &a [*a]\n', want: /^1:1 an alias contains itself$/ }],
  ['a tab for indentation', { given: 'a:\n\tb: 1\n', want: /^2:1 Tabs are not allowed as indentation$/ }],
];

const read: readonly (readonly [name: string, test: { given: string; want: unknown }])[] = [
  ['an empty file', { given: '', want: null }],
  ['a byte order mark', { given: '\ufeff{ "a": 1 }', want: { a: 1 } }],
  [
    'keys and texts with quotes',
    { given: '{"a\\":": "\\"b\\": 1", "c": ["d:", {"e": ":"}]}', want: { 'a":': '"b": 1', c: ['d:', { e: ':' }] } },
  ],
  ['JSON with comments, which is YAML', { given: '{ "a": 1, # one\n}', want: { a: 1 } }],
  ['merge keys', { given: 'a: &a { x: 1 }\nb: { <<: *a, y: 2 }', want: { a: { x: 1 }, b: { x: 1, y: 2 } } }],
  ['keys that are not texts', { given: '1: a\n? [b, c]\n: d', want: { 1: 'a', '[ b, c ]': 'd' } }],
];

describe('SourceFile', () => {
  it.each(read)('reads %s', (_name, { given, want }) => {
    expect(new SourceFile('a.yaml', given).value).toEqual(want);
  });

  it.each(refused)('refuses %s, with line and column', (_name, { given, want }) => {
    try {
      new SourceFile('a.yaml', given);
      expect.unreachable('it was read');
    } catch (error) {
      if (!(error instanceof GeneratorError)) throw error;
      const [first] = error.problems;
      expect(first?.code).toBe('YAML_SYNTAX');
      expect(`${first?.line}:${first?.column} ${first?.message}`).toMatch(want);
    }
  });
});
