import { lineWidth } from './text.js';

/** The content of a JSDoc comment. Absent and empty parts are left out. */
export interface Doc {
  /** Paragraphs, in order. A paragraph can contain line breaks. */
  readonly text?: readonly (string | undefined)[];
  readonly deprecated?: boolean | string | undefined;
  /** TypeScript code. */
  readonly example?: string | undefined;
  /** A reference to more information, such as the catalog file. */
  readonly see?: string | undefined;
}

/**
 * A JSDoc comment without indentation and without a final newline; `''` if `doc` has no content.
 * @param reserved Columns that the comment's indentation takes.
 */
export function docComment(doc: Doc, reserved = 0): string {
  const lines = docLines(doc, lineWidth - reserved - 3);
  const [first] = lines;
  if (first === undefined) return '';
  if (lines.length === 1 && first.length + reserved + 7 <= lineWidth) return `/** ${first} */`;
  return `/**\n${lines.map((line) => (line === '' ? ' *' : ` * ${line}`)).join('\n')}\n */`;
}

function docLines(doc: Doc, width: number): string[] {
  const blocks = (doc.text ?? []).map((part) => wrapText(safe(part?.trim() ?? ''), width)).filter((b) => b.length > 0);
  const lines = blocks.flatMap((block, index) => (index === 0 ? block : ['', ...block]));
  const tags: string[] = [];
  if (doc.deprecated === true) tags.push('@deprecated');
  else if (typeof doc.deprecated === 'string') tags.push(`@deprecated ${doc.deprecated}`);
  if (doc.example !== undefined) tags.push('@example', '```ts', ...commentSafe(doc.example).split('\n'), '```');
  if (doc.see !== undefined) tags.push(`@see ${commentSafe(doc.see)}`);
  return lines.length > 0 && tags.length > 0 ? [...lines, '', ...tags] : [...lines, ...tags];
}

/** Escapes a text of the catalog, so that it neither ends the comment nor starts a tag. */
function safe(text: string): string {
  return commentSafe(text).replaceAll(/^(\s*)@/gm, '$1\\@');
}

function commentSafe(text: string): string {
  return text.replaceAll('*/', '*\\/');
}

function wrapText(text: string, width: number): string[] {
  if (text === '') return [];
  return text.split(/\r\n|[\n\r\u2028\u2029]/).flatMap((line) => wrapLine(line.trimEnd(), width));
}

function wrapLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(/(?<=\S) +/)) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current);
      current = word;
    } else {
      current = current === '' ? word : `${current} ${word}`;
    }
  }
  return [...lines, current];
}
