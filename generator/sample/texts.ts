import { formats, patternOf, textLength } from '@hyvve-events/runtime/codegen';
import { parsePattern } from '../patterns/parse-pattern.js';
import type { Cache } from '../support/cache.js';
import type { Random } from './random.js';
import { padded, textFor, textOfFormat } from './strings.js';
import { PatternText } from './text-of-pattern.js';

/** The limits for a text. */
export interface TextLimits {
  readonly least: number;
  readonly most: number;
  readonly patterns: readonly string[];
  readonly formats: readonly string[];
}

/** Further input for drawing a text. */
export interface TextContext {
  readonly random: Random;
  readonly cache: Cache;
}

/** The maximum of attempts. Later attempts use characters other than letters and digits, and times of other years. */
const mostTries = 80;

/** A text within limits; undefined if none was found. @param name The name of its property. */
export function drawText(
  limits: TextLimits,
  name: string | undefined,
  { random, cache }: TextContext,
): string | undefined {
  const { least, most, patterns } = limits;
  const known = limits.formats.filter((format) => Object.hasOwn(formats, format));
  if (patterns.length + known.length === 0) {
    const [format] = limits.formats;
    const shown = format === undefined ? undefined : textOfFormat(format, random, 0);
    if (shown !== undefined && textLength(shown) >= least && textLength(shown) <= most) return shown;
    return textFor(name, least, Math.min(most, Math.max(least, 60)), random);
  }
  const sources = [...known.map((format) => ({ format })), ...patterns.map((pattern) => ({ pattern }))];
  for (let attempt = 0; attempt < mostTries; attempt += 1) {
    const source = sources[attempt % sources.length];
    if (source === undefined) continue;
    const text =
      'format' in source
        ? ofFormat(source.format, limits, random, attempt)
        : ofPattern(source.pattern, limits, { random, cache }, attempt);
    if (text !== undefined && fits(text, limits, known, cache)) return text;
  }
  return undefined;
}

function ofFormat(format: string, { least, most }: TextLimits, random: Random, attempt: number): string | undefined {
  const text = textOfFormat(format, random, attempt);
  return text === undefined || text.length >= least ? text : padded(format, text, Math.min(least, most));
}

function ofPattern(
  pattern: string,
  { least, most }: TextLimits,
  { random, cache }: TextContext,
  attempt: number,
): string | undefined {
  const texts = cache.derive('parse-pattern', pattern, [], () => {
    const node = parsePattern(pattern);
    return node && new PatternText(node, pattern);
  });
  const text = texts?.draw(least, most, random, attempt > mostTries / 2);
  if (text === undefined || text.length >= least) return text;
  // A pattern without anchors may match inside a longer text.
  const filling = 'x'.repeat(least - text.length);
  return attempt % 2 === 0 ? text + filling : filling + text;
}

/** Whether a text is within limits. @param known Formats that are checked. */
function fits(text: string, { least, most, patterns }: TextLimits, known: readonly string[], cache: Cache): boolean {
  const length = textLength(text);
  if (length < least || length > most) return false;
  const isOf = (format: string) => {
    const check = formats[format];
    return check?.type !== 'string' || check.validate(text);
  };
  return known.every(isOf) && patterns.every((pattern) => expressionOf(pattern, cache).test(text));
}

function expressionOf(pattern: string, cache: Cache): RegExp {
  return cache.derive('compile-pattern', pattern, [], () => patternOf(pattern));
}
