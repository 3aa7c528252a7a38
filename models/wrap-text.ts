/** Whole lines of a text, each at most `width` characters where its words allow. Paragraphs are kept; other control characters become spaces. */
export function wrapText(text: string, width: number): readonly string[] {
  const clean = text
    .replaceAll(/\r\n?|[\u2028\u2029\u0085]/g, '\n')
    .replaceAll(/[\p{Cc}\p{Cs}\uFEFF]/gu, (sign) => (sign === '\n' ? sign : ' '));
  return clean
    .trim()
    .split('\n')
    .flatMap((line) => wrapLine(line.trimEnd(), width));
}

function wrapLine(line: string, width: number): readonly string[] {
  const indent = /^\s*/.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let current = '';
  for (const word of line.trim().split(/\s+/)) {
    if (current !== '' && indent.length + current.length + 1 + word.length > width) {
      lines.push(indent + current);
      current = word;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, current === '' ? '' : indent + current];
}
