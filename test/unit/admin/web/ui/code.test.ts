import fc from 'fast-check';
import { expect, it } from 'vitest';
import { piecesOf } from '../../../../../admin/web/ui/code/pieces.js';

const tokensOf = (code: string, language: 'json' | 'typescript') =>
  piecesOf(code, language)
    .filter(({ className }) => className !== '')
    .map(({ text, className }) => `${text} ${className}`);

it('piecesOf: keywords, names, strings and numbers have different classes', () => {
  expect(tokensOf(`import { a } from 'b';`, 'typescript')).toEqual([
    ...['import tok-keyword', '{ tok-punctuation', 'a tok-variableName tok-definition', '} tok-punctuation'],
    ...['from tok-keyword', "'b' tok-string", '; tok-punctuation'],
  ]);
  expect(tokensOf('{ "a": [1, true, null] }', 'json')).toEqual([
    ...['{ tok-punctuation', '"a" tok-propertyName', ': tok-punctuation', '[ tok-punctuation', '1 tok-number'],
    ...[', tok-punctuation', 'true tok-bool', ', tok-punctuation', 'null tok-keyword', '] tok-punctuation'],
    '} tok-punctuation',
  ]);
});

it('piecesOf: the pieces of any code add up to the whole code', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('json', 'typescript'), (code, language) => {
      const lines = code.replaceAll(/\r\n?/g, '\n');
      expect(
        piecesOf(lines, language)
          .map(({ text }) => text)
          .join(''),
      ).toBe(lines);
    }),
  );
});
