import { describe, expect, it } from 'vitest';
import { editYaml, type YamlEdit } from '../../../../generator/source/edit-yaml.js';

interface Case extends YamlEdit {
  readonly given: string;
  readonly want: string;
}

const v2 = { keys: ['m', 'v'], value: '2.0.0' };

const second = { keys: ['m', '1'], value: { $ref: '#/b' } };
const wide = { keys: ['m', 'v'], value: { a: 1, list: [{ $ref: '#/b' }] }, isBlock: true };

const written: readonly (readonly [name: string, test: Case])[] = [
  ['a value', { ...v2, given: 'm:\n  v: 1.0.0 # now\n  w: 2\n', want: 'm:\n  v: 2.0.0 # now\n  w: 2\n' }],
  ['a value in double quotes', { ...v2, given: 'm:\n  v: "1.0.0"\n', want: 'm:\n  v: "2.0.0"\n' }],
  ['a value in single quotes', { ...v2, given: "m: { v: '1.0.0' }", want: "m: { v: '2.0.0' }" }],
  ['a value that needs quotes', { ...v2, value: '2', given: 'm:\n  v: 1.0.0', want: 'm:\n  v: "2"' }],
  ['a text with a colon', { ...v2, value: 'a: b', given: 'm:\n  v: x', want: 'm:\n  v: "a: b"' }],
  ['a text in several lines', { ...v2, value: 'a\nb', given: 'm:\n  v: x\n', want: 'm:\n  v: "a\\nb"\n' }],
  ['an empty value', { ...v2, given: 'm:\n  v:\n  w: 1\n', want: 'm:\n  v: 2.0.0\n  w: 1\n' }],
  ['a block text', { ...v2, given: 'm:\n  v: |\n    a\n    b\n\n  w: 1\n', want: 'm:\n  v: 2.0.0\n\n  w: 1\n' }],
  [
    'a block mapping',
    { ...v2, given: 'm:\n  v:\n    a: 1 # one\n  # w\n  w: 1\n', want: 'm:\n  v: 2.0.0 # one\n  # w\n  w: 1\n' },
  ],
  ['a list', { ...v2, given: 'm:\n  v:\n  - a\n  - b: 1\n    c: 2\n  w: 1\n', want: 'm:\n  v: 2.0.0\n  w: 1\n' }],
  [
    'an item of a list, with the quotes that references have',
    {
      ...second,
      given: 'm:\n  - $ref: "#/a" # one\n\nn: 1\n',
      want: 'm:\n  - $ref: "#/a" # one\n  - $ref: "#/b"\n\nn: 1\n',
    },
  ],
  [
    'an item of a list that is not indented',
    { ...second, given: "m:\r\n- $ref: '#/a'\r\nn: 1\r\n", want: "m:\r\n- $ref: '#/a'\r\n- $ref: '#/b'\r\nn: 1\r\n" },
  ],
  [
    'an item below a block text',
    { ...second, value: 2, given: 'm:\n  - |\n    a\nn: 1\n', want: 'm:\n  - |\n    a\n  - 2\nn: 1\n' },
  ],
  ['an item of a list in one line', { ...second, value: 'b', given: 'm: [a] # one\n', want: 'm: [a, b] # one\n' }],
  ['the first item of a list', { ...second, keys: ['m', '0'], value: 'b', given: 'm: []\n', want: 'm: [b]\n' }],
  [
    'an item of a list in JSON',
    { ...second, given: '{ "m": [{ "$ref": "#/a" }] }', want: '{ "m": [{ "$ref": "#/a" }, { "$ref": "#/b" }] }' },
  ],
  [
    'a mapping in several lines',
    {
      ...wide,
      given: 'm:\n  u:\n    $ref: "#/a"\nn: 1\n',
      want: 'm:\n  u:\n    $ref: "#/a"\n  v:\n    a: 1\n    list:\n      - $ref: "#/b"\nn: 1\n',
    },
  ],
  [
    'a mapping in one line, where the one around it is',
    { ...wide, given: 'm: { u: 1 }\n', want: 'm: { u: 1, v: { a: 1, list: [ { $ref: "#/b" } ] } }\n' },
  ],
  [
    'a new key at the end',
    { ...v2, given: 'm:\n  a: 1 # one\n\n# n\nn: 1\n', want: 'm:\n  a: 1 # one\n  v: 2.0.0\n\n# n\nn: 1\n' },
  ],
  [
    'a new key below another',
    {
      ...v2,
      after: ['x', 'a'],
      given: 'm:\n    a: 1 # one\n    # two\n    b: 2\n',
      want: 'm:\n    a: 1 # one\n    v: 2.0.0\n    # two\n    b: 2\n',
    },
  ],
  [
    'a new key below a block text',
    { ...v2, given: 'm:\n  a: |\n    x\n\n\nn: 1', want: 'm:\n  a: |\n    x\n  v: 2.0.0\n\n\nn: 1' },
  ],
  [
    'a new key below a block text that keeps its empty lines',
    { ...v2, given: 'm:\n  a: |+\n    x\n\n\nn: 1', want: 'm:\n  a: |+\n    x\n\n\n  v: 2.0.0\nn: 1' },
  ],
  [
    'a new key below nested mappings',
    { ...v2, given: 'm:\n  a:\n    b:\n      - c: 1\n', want: 'm:\n  a:\n    b:\n      - c: 1\n  v: 2.0.0\n' },
  ],
  [
    'a new key below a folded text',
    {
      ...v2,
      given: 'm:\n  a: one\n    two\n  # b\n  b: 1\n',
      after: ['a'],
      want: 'm:\n  a: one\n    two\n  v: 2.0.0\n  # b\n  b: 1\n',
    },
  ],
  ['a new key in a file without a last line end', { ...v2, given: 'm:\n  a: 1', want: 'm:\n  a: 1\n  v: 2.0.0' }],
  [
    'a new key with line ends of Windows',
    { ...v2, given: 'm:\r\n  a: 1\r\n  b: 1\r\n', want: 'm:\r\n  a: 1\r\n  b: 1\r\n  v: 2.0.0\r\n' },
  ],
  ['a new key behind a byte order mark', { keys: ['b'], value: 1, given: '\ufeffa: 1\n', want: '\ufeffa: 1\nb: 1\n' }],
  [
    'a new key beside a merged mapping',
    { ...v2, given: 'a: &a { x: 1 }\nm:\n  <<: *a\n', want: 'a: &a { x: 1 }\nm:\n  <<: *a\n  v: 2.0.0\n' },
  ],
  ['a key that is a number', { keys: ['m', '1'], value: 'x', given: 'm:\n  2: y\n', want: 'm:\n  2: y\n  "1": x\n' }],
  ['a new key of a braced mapping', { ...v2, given: 'm: { a: 1 }\n', want: 'm: { a: 1, v: 2.0.0 }\n' }],
  ['a new key of an empty mapping', { ...v2, given: 'm: {}\n', want: 'm: { v: 2.0.0 }\n' }],
  ['a new key of a mapping without a value', { ...v2, given: 'm:\nn: 1\n', want: 'm: { v: 2.0.0 }\nn: 1\n' }],
  ['a text with a comma in a braced mapping', { ...v2, value: 'a, b', given: 'm: { v: x }', want: 'm: { v: "a, b" }' }],
  [
    'a new key of a braced mapping in lines',
    {
      ...v2,
      given: 'm: {\n  a: 1, # one\n  b: 2 # two\n}\n',
      want: 'm: {\n  a: 1, # one\n  b: 2, # two\n  v: 2.0.0\n}\n',
    },
  ],
  [
    'a new key between those of a braced mapping in lines',
    {
      ...v2,
      after: ['a'],
      given: 'm: {\n  a: 1, # one\n  b: 2\n}\n',
      want: 'm: {\n  a: 1, # one\n  v: 2.0.0,\n  b: 2\n}\n',
    },
  ],
  [
    'mappings that are missing',
    {
      keys: ['m', 'v', '1', 'retired'],
      value: '2027-02-01',
      given: 'm:\n  a: 1\n',
      want: 'm:\n  a: 1\n  v: { "1": { retired: 2027-02-01 } }\n',
    },
  ],
  [
    'a key into mappings that exist',
    {
      keys: ['m', 'v', '1', 'retired'],
      value: '2027-02-01',
      given: 'm:\n  v:\n    "1": { sunset: 2027-01-01 } # soon\n',
      want: 'm:\n  v:\n    "1": { sunset: 2027-01-01, retired: 2027-02-01 } # soon\n',
    },
  ],
  [
    'a key of JSON',
    {
      ...v2,
      given: '{\n  "m": {\n    "a": "1"\n  }\n}\n',
      want: '{\n  "m": {\n    "a": "1",\n    "v": "2.0.0"\n  }\n}\n',
    },
  ],
  ['a value of JSON', { ...v2, given: '{ "m": { "v": "1.0.0" } }', want: '{ "m": { "v": "2.0.0" } }' }],
  [
    'mappings that are missing in JSON',
    { keys: ['m', 'v', '1'], value: true, given: '{ "m": {} }', want: '{ "m": { "v": { "1": true } } }' },
  ],
  [
    'into a mapping of a list',
    { keys: ['m', '1', 'v'], value: 2, given: 'm:\n  - a: 1\n  - b: 1\n', want: 'm:\n  - a: 1\n  - b: 1\n    v: 2\n' },
  ],
];

const refused: readonly (readonly [
  name: string,
  test: YamlEdit & {
    readonly given: string;
    readonly want: RegExp;
    readonly at: readonly [line: number, column: number];
  },
])[] = [
  ['a text where a mapping is needed', { ...v2, given: 'm: text\n', want: /m is no mapping/, at: [1, 4] }],
  ['an alias', { ...v2, given: 'a: &a { x: 1 }\nm: *a\n', want: /m is an alias/, at: [2, 4] }],
  [
    'a mapping that an alias uses too',
    { ...v2, given: 'a: 1\nm: &a { x: 1 }\nn: *a\n', want: /layout of the file/, at: [2, 7] },
  ],
  ['a file that is a list', { ...v2, given: '- a\n', want: /\/m is no mapping/, at: [1, 1] }],
  [
    'a file with several documents',
    { ...v2, given: 'm:\n  a: 1\n---\nz: 1\n', want: /layout of the file/, at: [2, 3] },
  ],
];

describe('editYaml', () => {
  it.each(written)('writes %s and changes nothing else', (_name, { given, want, ...edit }) => {
    expect(editYaml('a.yaml', given, edit)).toBe(want);
  });

  it.each(refused)('refuses %s with EDIT_IMPOSSIBLE', (_name, { given, want, at, ...edit }) => {
    expect(() => editYaml('a.yaml', given, edit)).toThrow(want);
    const [line, column] = at;
    const problem = expect.objectContaining({ file: 'a.yaml', line, column });
    expect(() => editYaml('a.yaml', given, edit)).toThrow(expect.objectContaining({ problems: [problem] }));
    expect(() => editYaml('a.yaml', given, edit)).toThrow(/EDIT_IMPOSSIBLE.*write it by hand: \/m\/v is "2.0.0"/);
  });
});
