import { describe, expect, it } from 'vitest';
import { moduleImports } from '../../../../generator/source/module-imports.js';

const found = (text: string) => moduleImports(text).map(({ from, isType }) => [from, isType]);

describe('moduleImports', () => {
  it.each<[string, [string, boolean][]]>([
    ["import type { A } from '#sdk/shop';", [['#sdk/shop', true]]],
    ['import type {\n  A,\n  B,\n} from "#sdk/shop"', [['#sdk/shop', true]]],
    ["import type A from 'a'", [['a', true]]],
    ["import { type A } from 'a';", [['a', false]]],
    ["import type from 'a';", [['a', false]]],
    ["import type, { A } from 'a';", [['a', false]]],
    ["import * as a from 'a';", [['a', false]]],
    ["import 'a';", [['a', false]]],
    ["export { a } from 'a';", [['a', false]]],
    ["export type { a } from 'a';", [['a', false]]],
    ["const a = await import('a');", [['a', false]]],
    ["const a = require('a');", [['a', false]]],
    ['const a = import(name);', [['', false]]],
    ["interface A { b: 1 }\nexport interface B { c: 'd' }\nimport type { X } from 'x'", [['x', true]]],
    ["// import a from 'a';\n/* import b from 'b'; */\nconst text = `import c from 'c';`;", []],
    ["const url = 'https://example.com'; import a from 'a';", [['a', false]]],
    ["export const a = { from: 'b' }; export const important = 'c';", []],
  ])('%j', (text, imports) => {
    expect(found(text)).toEqual(imports);
  });

  it('gives the position of each name', () => {
    const text = "import type { A } from '#sdk/shop';\nimport b from 'b';";
    expect(moduleImports(text).map(({ start, end }) => text.slice(start, end))).toEqual(['#sdk/shop', 'b']);
  });
});
