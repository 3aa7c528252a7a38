import fc from 'fast-check';
import { expect, it } from 'vitest';
import { piecesOf } from '../../../../../admin/web/ui/code/pieces.js';

const looks = (code: string, language: 'json' | 'typescript') =>
  piecesOf(code, language)
    .filter(({ className }) => className !== '')
    .map(({ text, className }) => `${text} ${className}`);

it('tells keywords, names, strings and numbers apart', () => {
  expect(looks(`import { a } from 'b';`, 'typescript')).toEqual([
    ...['import tok-keyword', '{ tok-punctuation', 'a tok-variableName tok-definition', '} tok-punctuation'],
    ...['from tok-keyword', "'b' tok-string", '; tok-punctuation'],
  ]);
  expect(looks('{ "a": [1, true, null] }', 'json')).toEqual([
    ...['{ tok-punctuation', '"a" tok-propertyName', ': tok-punctuation', '[ tok-punctuation', '1 tok-number'],
    ...[', tok-punctuation', 'true tok-bool', ', tok-punctuation', 'null tok-keyword', '] tok-punctuation'],
    '} tok-punctuation',
  ]);
});

it('loses no letter, whatever the code is', () => {
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
