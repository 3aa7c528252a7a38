import { expect, it } from 'vitest';
import { goComment, goString } from '../../../../models/go/go-text.js';

it('a comment has no form that gofmt would change', () => {
  const text = "# Heading\n    code\n\n\n- item ''quoted'' ``code``\n[link]: https://example.com\n\n";
  expect(goComment(text, '\t')).toEqual([
    '\t// Heading',
    '\t// code',
    '\t//',
    '\t// - item ”quoted” “code“',
    '\t// [link] : https://example.com',
  ]);
});

it('a string has no half of a character, and no sign that an editor hides', () => {
  expect(goString('a"\\\n\ud800\u2028\ufeff')).toBe('"a\\"\\\\\\n\\uFFFD\\u2028\\ufeff"');
});
