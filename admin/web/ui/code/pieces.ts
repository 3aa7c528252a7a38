import type { ModelLanguage } from '@hyvve-events/catalog-model';
import { parser as go } from '@lezer/go';
import { classHighlighter, highlightCode } from '@lezer/highlight';
import { parser as java } from '@lezer/java';
import { parser as javascript } from '@lezer/javascript';
import { parser as json } from '@lezer/json';
import { parser as python } from '@lezer/python';

/** Language of a code block. */
export type Language = 'json' | 'typescript' | ModelLanguage;

/** A part of the code and its CSS classes; an empty text if it is not coloured. */
export interface Piece {
  readonly text: string;
  readonly className: string;
}

/** Languages without a parser are shown without colours. */
const parsers: Readonly<Partial<Record<Language, typeof json>>> = {
  json,
  typescript: javascript.configure({ dialect: 'ts' }),
  python,
  java,
  go,
};

/** Splits code into pieces for highlighting. Joined, their texts are the code, also if it is not valid in the language. */
export function piecesOf(code: string, language: Language): readonly Piece[] {
  const parser = parsers[language];
  if (parser === undefined) return [{ text: code, className: '' }];
  const pieces: Piece[] = [];
  highlightCode(
    ...([code, parser.parse(code), classHighlighter] as const),
    (text, className) => pieces.push({ text, className }),
    () => pieces.push({ text: '\n', className: '' }),
  );
  return pieces;
}
