import { classHighlighter, highlightCode } from '@lezer/highlight';
import { parser as javascript } from '@lezer/javascript';
import { parser as json } from '@lezer/json';

/** What a code block is written in. */
export type Language = 'json' | 'typescript';

/** A part of a code, and the classes that colour it; none for what stays as it is. */
export interface Piece {
  readonly text: string;
  readonly className: string;
}

const parsers = { json, typescript: javascript.configure({ dialect: 'ts' }) };

/** Takes code apart: the pieces' texts are the code again. Text that is not valid in the language is unchanged. */
export function piecesOf(code: string, language: Language): readonly Piece[] {
  const pieces: Piece[] = [];
  highlightCode(
    ...([code, parsers[language].parse(code), classHighlighter] as const),
    (text, className) => pieces.push({ text, className }),
    () => pieces.push({ text: '\n', className: '' }),
  );
  return pieces;
}
