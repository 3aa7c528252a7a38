import { wrapText } from '../wrap-text.js';

/** Characters in a line of a comment. */
const commentWidth = 100;

/** A text as Javadoc that nothing in it can end, and with no tags or escapes of its own. */
export function javadoc(paragraphs: readonly (string | undefined)[], indent = ''): readonly string[] {
  const given = paragraphs.filter((text) => text !== undefined && text.trim() !== '');
  if (given.length === 0) return [];
  const lines = given.flatMap((text, index) => {
    const wrapped = wrapText(text ?? '', commentWidth - indent.length - 3).map(escaped);
    return index === 0 ? wrapped : ['', ...wrapped];
  });
  if (lines.length === 1) return [`${indent}/** ${lines[0]} */`];
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`];
}

function escaped(line: string): string {
  const signs: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '@': '&#64;',
    '\\': '&#92;',
  };
  return line
    .replaceAll(/[&<>@\\]/g, (sign) => signs[sign] ?? sign)
    .replaceAll('*/', '*&#47;')
    .replaceAll('/*', '/&#42;')
    .trim();
}
