import { CompletionContext } from '@codemirror/autocomplete';
import { json } from '@codemirror/lang-json';
import { ensureSyntaxTree } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import { describe, expect, it } from 'vitest';
import { completeFrom } from '../../../../../../admin/web/features/ops/edit/complete.js';
import { pathOf, pathSteps, pointerSteps } from '../../../../../../admin/web/features/ops/edit/json-path.js';
import { placeOf } from '../../../../../../admin/web/features/ops/edit/json-place.js';
import { createProblems } from '../../../../../../admin/web/features/ops/edit/schema-problems.js';

const schema = {
  $ref: '#/$defs/Order',
  $defs: {
    Order: {
      type: 'object',
      required: ['id', 'state'],
      additionalProperties: false,
      properties: {
        id: { type: 'string', description: 'Of the order.' },
        state: { enum: ['open', 'paid'] },
        lines: { type: 'array', items: { $ref: '#/$defs/Line' } },
        by: { anyOf: [{ type: 'string' }, { type: 'null' }] },
      },
    },
    Line: { type: 'object', required: ['sku'], properties: { sku: { type: 'string' }, gift: { type: 'boolean' } } },
  },
};

/** A document with the cursor at `|`. */
function at(marked: string): { readonly state: EditorState; readonly pos: number } {
  const pos = marked.indexOf('|');
  const state = EditorState.create({ doc: marked.replace('|', ''), extensions: [json()] });
  ensureSyntaxTree(state, state.doc.length, 5_000);
  return { state, pos };
}

function proposed(marked: string, explicit = true): readonly string[] {
  const { state, pos } = at(marked);
  const result = completeFrom(schema)(new CompletionContext(state, pos, explicit));
  return result?.options.map(({ label }) => label) ?? [];
}

describe('completion', () => {
  it.each([
    ['properties, the required ones first', '{ | }', ['"id"', '"state"', '"lines"', '"by"']],
    ['properties that are missing', '{ "id": "a", "|" }', ['"state"', '"lines"', '"by"']],
    ['properties of an inner schema', '{ "lines": [{ "sku": "a", "|" }] }', ['"gift"']],
    ['values of an enum', '{ "state": "|" }', ['"open"', '"paid"']],
    ['values at an empty place', '{ "state": | }', ['"open"', '"paid"']],
    ['values of an inner schema', '{ "lines": [{ "gift": t| }] }', ['true', 'false']],
    ['nothing if the schema lists no values', '{ "id": "|" }', []],
  ])('%s', (_what, marked, expected) => {
    expect(proposed(marked)).toEqual(expected);
  });

  it('no automatic proposals before a word is typed', () => {
    expect(proposed('{ | }', false)).toEqual([]);
  });

  it('a property with an example of its value; only the name if there is a value', () => {
    const applied = (marked: string) => {
      const { state, pos } = at(marked);
      return completeFrom(schema)(new CompletionContext(state, pos, true))?.options.map(({ apply }) => apply);
    };
    expect(applied('{ "|" }')).toEqual(['"id": ""', '"state": "open"', '"lines": []', '"by": null']);
    expect(applied('{ "|": 1 }')).toEqual(['"id"', '"state"', '"lines"', '"by"']);
  });
});

describe('createProblems', () => {
  const problems = (value: unknown) =>
    createProblems(schema)(value).map(({ steps, message }) => `${pathOf(steps)} ${message}`);

  it('reports each violation once, with its path', () => {
    expect(problems({ id: 1, state: 'gone', lines: [{ gift: true }], by: 3, extra: 0 })).toEqual([
      '$.id must be string',
      '$.state must be one of "open", "paid"',
      '$.lines[0] must have the property "sku"',
      '$.by must match one of the alternatives of the schema',
      '$.extra is not allowed: the schema does not have this property',
    ]);
    expect(problems({ id: 'a', state: 'open', by: null })).toEqual([]);
  });

  it('reports nothing if the schema is not valid: the service checks the data', () => {
    expect(createProblems({ $ref: '#/$defs/none' })({})).toEqual([]);
  });
});

describe('JSON paths', () => {
  it.each(['$', '$.a', '$.items[2]["a b"].c', '$["say \\"hi\\""]'])('pathOf and pathSteps are inverse: %s', (path) => {
    expect(pathOf(pathSteps(path))).toBe(path);
  });

  it('pointerSteps: parses a JSON pointer', () => {
    expect(pointerSteps('#/items/0/a~1b/c~0d')).toEqual(['items', '0', 'a/b', 'c~d']);
    expect(pointerSteps('#')).toEqual([]);
  });

  it('placeOf: finds the value in the text, or the place where a missing property belongs', () => {
    const { state } = at('{\n  "a": [1, {"b c": true}]\n}|');
    const textAt = (path: string) => {
      const { from, to } = placeOf(state, pathSteps(path));
      return state.sliceDoc(from, to);
    };
    expect(textAt('$.a[1]["b c"]')).toBe('true');
    expect(textAt('$.a[0]')).toBe('1');
    expect(textAt('$.a[1].missing')).toBe('{"b c": true}');
    expect(textAt('$.none')).toBe('{');
  });
});
