import { describe, expect, it } from 'vitest';
import { rewrite, rewrites } from '../../../../generator/emit/validator-rewrites.js';
import { limitingCost } from '../../../../generator/patterns/pattern-cost.js';
import { Cache } from '../../../../generator/support/cache.js';

/** For each rewrite: code of ajv, the expected code, and the function that the module then imports. */
const cases: Readonly<Record<string, readonly (readonly [code: string, expected: string, needed?: string])[]>> = {
  'strict mode, which is the default in modules': [['"use strict";const a = 1;', 'const a = 1;']],
  exports: [
    [
      'export const v0 = validate10;',
      'export const validateA = guard(validate10);\nexport const checkA = validate10;\n',
    ],
    ['export const v1 = validate$2;', 'export const checkB = validate$2;\n'],
    ['export const v2 = validate3;', ''],
  ],
  'functions of ajv’s runtime': [
    ['const func2 = require("ajv/dist/runtime/ucs2length").default;', 'const func2 = textLength;', 'textLength'],
    ['const func0 = require("ajv/dist/runtime/equal").default;', 'const func0 = isEqual;', 'isEqual'],
    [
      'const func0 = require("ajv/dist/runtime/uri").default;',
      'const func0 = require("ajv/dist/runtime/uri").default;',
    ],
  ],
  formats: [
    ['const formats0 = formats.date;', 'const formats0 = isDate;', 'isDate'],
    ['const formats2 = formats["date-time"];', 'const formats2 = isDateTime;', 'isDateTime'],
    ['const formats4 = formats.int32;', 'const formats4 = { validate: isInt32 };', 'isInt32'],
    ['const formats6 = formats.unknown;', 'const formats6 = formats.unknown;'],
  ],
  'functions of custom keywords': [
    ['const func3 = isMultipleOfDecimal;', 'const func3 = isMultipleOfDecimal;', 'isMultipleOfDecimal'],
    ['const func3 = isMultipleOf;', 'const func3 = isMultipleOf;', 'isMultipleOf'],
    ['const func4 = repeatedItems;', 'const func4 = repeatedItems;', 'repeatedItems'],
  ],
  'patterns: without the flag `u` if they are invalid with it, and with a limit if they may be slow': [
    ['new RegExp("^a\\"b$", "u")', '/*@__PURE__*/ new RegExp("^a\\"b$", "u")'],
    ['new RegExp("[\\\\w-.]", "u")', '/*@__PURE__*/ new RegExp("[\\\\w-.]")'],
    [
      'new RegExp("[a-z]+$", "u")',
      '/*@__PURE__*/ limited(/*@__PURE__*/ new RegExp("[a-z]+$", "u"), 2, 1.13)',
      'limited',
    ],
  ],
  'errors of items, which ajv copies for each item': [
    ['vErrors.concat(validate4.errors)', 'addErrors(vErrors, validate4.errors)', 'addErrors'],
  ],
  'the keyword of closed objects, reported as additionalProperties': [
    [
      'schemaPath:"#/properties/closed/closed",keyword:"closed",params',
      'schemaPath:"#/properties/closed/additionalProperties",keyword:"additionalProperties",params',
    ],
  ],
};

const cache = new Cache();
const exports = [['validateA = guard(%)', 'checkA = %'], ['checkB = %']];

it('every rewrite has a test', () => {
  expect(Object.keys(cases)).toEqual(rewrites.map(({ name }) => name));
});

describe.each(Object.entries(cases))('%s', (_name, examples) => {
  it.each(examples.map(([code, expected, needed]) => ({ code, expected, needed })))('$code', (example) => {
    const { code, expected, needed } = example;
    const helpers: string[] = [];
    const context = {
      exports,
      need: (helper: string) => helpers.push(helper),
      limitingCost: (pattern: string) => limitingCost(pattern, cache),
    };
    expect(rewrite(code, context)).toBe(expected);
    expect(helpers).toEqual(needed === undefined ? [] : [needed]);
  });
});
