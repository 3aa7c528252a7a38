import { wrapText } from '../wrap-text.js';

/** Characters in a line of a comment. */
const commentWidth = 100;

/** A text as a Go string. */
export function goString(text: string): string {
  // Go knows no surrogates: half a character cannot be written in its text.
  return JSON.stringify(text)
    .replaceAll(/\\u[dD][89a-fA-F][0-9a-fA-F]{2}/g, '\\uFFFD')
    .replaceAll(/[\u007F-\u009F\u2028\u2029\uFEFF]/g, escaped);
}

function escaped(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A doc comment in the form that gofmt leaves as it is. */
export function goComment(text: string, indent = ''): readonly string[] {
  const lines = wrapText(text, commentWidth - indent.length).map((line) =>
    line
      .trim()
      // Headings and links have a form of their own, and gofmt writes quotes of two characters as one.
      .replace(/^#+\s*/, '')
      .replace(/^(\[[^\]]*\]):/, '$1 :')
      .replaceAll('``', '“')
      .replaceAll("''", '”'),
  );
  const kept = lines.filter((line, index) => line !== '' || (index > 0 && lines[index - 1] !== ''));
  while (kept.at(-1) === '') kept.pop();
  return kept.map((line) => (line === '' ? `${indent}//` : `${indent}// ${line}`));
}
