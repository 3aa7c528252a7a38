import { classHighlighter, highlightCode } from '@lezer/highlight';
import { parser as javascript } from '@lezer/javascript';
import { parser as json } from '@lezer/json';

/** Language of a code block. */
export type Language = 'json' | 'typescript';

/** A part of the code and its CSS classes; an empty text if it is not coloured. */
export interface Piece {
  readonly text: string;
  readonly className: string;
}

const parsers = { json, typescript: javascript.configure({ dialect: 'ts' }) };

/** Splits code into pieces for highlighting. Joined, their texts are the code, also if it is not valid in the language. */
export function piecesOf(code: string, language: Language): readonly Piece[] {
  const pieces: Piece[] = [];
  highlightCode(
    ...([code, parsers[language].parse(code), classHighlighter] as const),
    (text, className) => pieces.push({ text, className }),
    () => pieces.push({ text: '\n', className: '' }),
  );
  return pieces;
}
