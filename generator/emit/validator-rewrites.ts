import * as codegen from '@hyvve-events/runtime/codegen';
import type { PatternCost } from '../patterns/pattern-cost.js';

/** A replacement of code that ajv generates. */
export interface Rewrite {
  readonly name: string;
  /** The code of ajv. Its named groups are passed to {@link Rewrite.to}. */
  readonly pattern: RegExp;
  /** The replacement; undefined if the code stays unchanged. */
  readonly to: (groups: Readonly<Record<string, string>>, context: RewriteContext) => string | undefined;
}

export interface RewriteContext {
  /** Exports of each schema, in the order of ajv's exports. `%` is replaced by the function of the schema. */
  readonly exports: readonly (readonly string[])[];
  /** Adds a function to the module's imports from the runtime. */
  readonly need: (helper: string) => void;
  /** The cost of a pattern for which the length of texts must be limited; undefined if no limit is necessary. */
  readonly limitingCost: (pattern: string) => PatternCost | undefined;
}

/** Marks a call without side effects: a bundler removes it if its result is not used. */
export const pure = '/*@__PURE__*/';

/** Functions of ajv's runtime, and the equivalent functions of our runtime. */
const runtimeFunctions: ReadonlyMap<string, string> = new Map([
  ['ucs2length', 'textLength'],
  ['equal', 'isEqual'],
]);

/** The exported function that checks each format. */
const formatFunctions = new Map(
  Object.entries(codegen.formats).flatMap(([format, { type, validate }]) => {
    const name = Object.entries(codegen).find(([, value]) => value === validate)?.[0];
    return name === undefined ? [] : [[format, { name, isObject: type === 'number' }] as const];
  }),
);

/** Every rewrite. No two of them match the same code. */
export const rewrites: readonly Rewrite[] = [
  {
    name: 'strict mode, which is the default in modules',
    pattern: /^"use strict";/g,
    to: () => '',
  },
  {
    name: 'exports',
    pattern: /export const v(?<index>\d+) = (?<check>[\w$]+);/g,
    to: ({ index, check = '' }, { exports }) =>
      (exports[Number(index)] ?? []).map((line) => `export const ${line.replace('%', check)};\n`).join(''),
  },
  {
    name: 'functions of ajv’s runtime',
    pattern: /const (?<local>\w+) = require\("ajv\/dist\/runtime\/(?<file>\w+)"\)\.default;/g,
    to: ({ local, file = '' }, { need }) => {
      const name = runtimeFunctions.get(file);
      if (name === undefined) return undefined;
      need(name);
      return `const ${local} = ${name};`;
    },
  },
  {
    name: 'formats',
    pattern: /const (?<local>formats\d+) = formats(?:\.(?<word>\w+)|\["(?<quoted>[^"]+)"\]);/g,
    to: ({ local, word, quoted }, { need }) => {
      const known = formatFunctions.get(word ?? quoted ?? '');
      if (known === undefined) return undefined;
      need(known.name);
      return `const ${local} = ${known.isObject ? `{ validate: ${known.name} }` : known.name};`;
    },
  },
  {
    name: 'functions of custom keywords',
    pattern: /const func\d+ = (?<helper>isMultipleOf(?:Decimal)?|repeatedItems);/g,
    to: ({ helper = '' }, { need }) => {
      need(helper);
      return undefined;
    },
  },
  {
    name: 'patterns: without the flag `u` if they are invalid with it, and with a limit if they may be slow',
    pattern: /new RegExp\((?<text>"(?:[^"\\]|\\.)*"), "u"\)/g,
    to: ({ text = '""' }, { need, limitingCost }) => {
      const source = JSON.parse(text) as string;
      const expression = `${pure} new RegExp(${text}${codegen.patternOf(source).unicode ? ', "u"' : ''})`;
      const cost = limitingCost(source);
      if (cost === undefined) return expression;
      need('limited');
      return `${pure} limited(${expression}, ${cost.degree}, ${cost.factor})`;
    },
  },
  {
    name: 'errors of items, which ajv copies for each item',
    pattern: /vErrors\.concat\((?<errors>\w+\.errors)\)/g,
    to: ({ errors }, { need }) => {
      need('addErrors');
      return `addErrors(vErrors, ${errors})`;
    },
  },
  {
    name: 'the keyword of closed objects, reported as additionalProperties',
    pattern: /\/closed",keyword:"closed"/g,
    to: () => '/additionalProperties",keyword:"additionalProperties"',
  },
];

/** Applies every rewrite to a module that ajv generated. */
export function rewrite(code: string, context: RewriteContext): string {
  return rewrites.reduce(
    (text, { pattern, to }) =>
      text.replaceAll(pattern, (match, ...args) => to(args.at(-1) as Record<string, string>, context) ?? match),
    code,
  );
}
