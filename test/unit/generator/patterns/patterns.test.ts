import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PatternNode, parsePattern } from '../../../../generator/patterns/parse-pattern.js';
import { costOf, longestText } from '../../../../generator/patterns/pattern-cost.js';
import { slownessOf } from '../../../../generator/patterns/slow-pattern.js';
import { randomOf } from '../../../../generator/sample/random.js';
import { drawText } from '../../../../generator/sample/texts.js';
import { Cache } from '../../../../generator/support/cache.js';
import { drawnPattern } from '../../../support/catalogs/drawn-pattern.js';
import { propertyTimeoutMs } from '../../../support/property-timeout.js';

const seed = Number(process.env.FUZZ_SEED ?? 20_261_128);
/** The patterns' costs are computed once. */
const cache = new Cache();

const exponential = [
  ...[
    '^(\\w+ ?)+$',
    '^(a+)+$',
    '^(a*)*$',
    '^(a|a)*$',
    '^(a|aa)+$',
    '(a|b|ab)*c',
    '^(a?){30}a{30}$',
    '(x+x+)+y',
    '^(.*,)*$',
  ],
  ...['^(?=(a+)+$)', '^((ab)*)*$', '(.*)*x', '^(a+){20}$', '^([a-z]+|[0-9a-z]+)*!$', '(\\s*\\S*)*x$', '^(\\p{L}+ ?)+$'],
  '^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$',
];

const safe = [
  ...[
    '^[a-z]+(-[a-z]+)*$',
    '^(?:[A-Za-z0-9+/]{4})*$',
    '^(\\w+ ?)+',
    '^(\\d{1,3}\\.){3}\\d{1,3}$',
    '^(a|b)*$',
    '^([^,]+,)*$',
  ],
  ...[
    '^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,}$',
    '^(#[0-9a-f]{6},?)*$',
    '^(/[^/~]*(~[01][^/~]*)*)*$',
    '^(\\w+,)*\\w+$',
  ],
  ...['^arn:aws(-[a-z]+)*:[a-z]+:(\\d{12})?$', '^(a{1,3}-){1,10}$', '^[a-z]{1,5000}$', '^(?=.*[A-Z])(?=.*\\d).{8,}$'],
  '^(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(?:-((?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\\.(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?$',
];

/**
 * Steps of a backtracking matcher until the pattern matches or no path is left.
 * @param endsAnywhere Whether the match may end before the end of the text.
 */
function stepsOf(node: PatternNode, texts: readonly string[], endsAnywhere: boolean): number {
  let steps = 0;
  const run = (at: PatternNode, text: string, index: number, next: (index: number) => boolean): boolean => {
    steps += 1;
    switch (at.kind) {
      case 'character':
        return index < text.length && at.matches(text[index] ?? '') && next(index + 1);
      case 'sequence': {
        const from = (part: number, place: number): boolean => {
          const own = at.parts[part];
          return own === undefined ? next(place) : run(own, text, place, (after) => from(part + 1, after));
        };
        return from(0, index);
      }
      case 'choice':
        return at.options.some((option) => run(option, text, index, next));
      case 'repeat': {
        const turn = (count: number, place: number): boolean => {
          const again =
            count < at.most &&
            run(at.body, text, place, (after) => (after > place || count < at.least) && turn(count + 1, after));
          return again || (count >= at.least && next(place));
        };
        return turn(0, index);
      }
      default:
        return next(index);
    }
  };
  for (const text of texts) {
    if (run(node, text, 0, () => endsAnywhere)) break;
  }
  return steps;
}

/** The depth of the nested parts of a pattern. */
function depthOf(node: PatternNode): number {
  if (node.kind === 'sequence') return 1 + Math.max(0, ...node.parts.map(depthOf));
  if (node.kind === 'choice') return 1 + Math.max(0, ...node.options.map(depthOf));
  return 1 + (node.kind === 'repeat' ? depthOf(node.body) : 0);
}

const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));

describe('patterns', () => {
  it.each(exponential)('%s: exponential', (pattern) => {
    expect(slownessOf(pattern, cache)).toBe('exponential');
  });

  it.each(safe)('%s: not slow', (pattern) => {
    expect(slownessOf(pattern, cache)).toBeUndefined();
  });

  it.each(['a{400000000}', '(a{1000}){1000}'])('%s: too large', (pattern) => {
    expect(slownessOf(pattern, cache)).toBe('large');
  });

  it.each([
    ['^[a-z0-9]+(-[a-z0-9]+)*$', 1],
    ['ord_', 1],
    ['^https?://.+$', 1],
    ['^(?=.*[A-Z])(?=.*\\d).{8,}$', 1],
    ['\\w+', 1],
    ['^(?:.*x)?', 1],
    ['[a-z]+$', 2],
    ['\\s+$', 2],
    ['[a-z]{1,1000}x', 2],
    ['^[^@]+@[^@]+\\.[^@]+$', 2],
    ['^(?:(?=.*x).)*$', 2],
    ['^(a+)\\1$', 2],
    ['^(?:.*x.*y|.)', 2],
    ['^.+@.+\\..+$', 3],
    ['^a*a*a*a*$', 4],
  ] as const)('%s: not slow, the cost has the degree %d', (pattern, degree) => {
    expect(slownessOf(pattern, cache)).toBeUndefined();
    expect(costOf(pattern, cache).degree).toBe(degree);
    expect(longestText(costOf(pattern, cache), 10_000_000)).toBeGreaterThanOrEqual(64);
  });

  it.each([
    '^a*a*a*a*a*a*$',
    `^${'a?'.repeat(36)}b$`,
    '^(a{1,12}){12}b',
    '^(?:a?){20,}b$',
    '^(?:a|(?:-(?:a?){2,})*)$',
    '^(?:(?:a?)+-){2,}$',
    'a(?:(?:a*){2,}ba)*',
    '(?:a(?:.{2,})+){2,}|a?',
    `^${'(ab)?'.repeat(24)}x$`,
    '(?:(?=.*x.*y.*z).)*$',
  ])('%s: exponential, because a text of 64 characters takes too many steps', (pattern) => {
    expect(slownessOf(pattern, cache)).toBe('exponential');
  });

  it(
    'any pattern that is not slow: matching takes at most the steps of its cost',
    () => {
      const seen = { slow: 0, fine: 0 };
      fc.assert(
        fc.property(drawnPattern, fc.boolean(), (body, isAnchored) => {
          const pattern = isAnchored ? `^(?:${body})$` : body;
          const isSlow = slownessOf(pattern, cache) !== undefined;
          seen[isSlow ? 'slow' : 'fine'] += 1;
          const node = parsePattern(pattern);
          if (isSlow || node === undefined) return;
          const { degree, factor } = costOf(pattern, cache);
          for (const text of ['a', 'b', 'ab', 'a-', 'aab', '-a', 'b-a'].flatMap((pumped) => [
            pumped.repeat(16).slice(0, 16),
            pumped.repeat(8).slice(0, 8) + 'a-'.repeat(4),
            pumped.repeat(8).slice(0, 8) + 'b'.repeat(8),
          ])) {
            const starts = isAnchored ? [text] : Array.from(text, (_, place) => text.slice(place));
            const steps = stepsOf(node, starts, !isAnchored);
            // One step of the automaton is several steps of the tree: one for each group, choice and repetition around a character.
            const most = 10 * depthOf(node) * Math.max(16, (factor * 16 ** degree) / factorial(degree));
            expect(steps, `${pattern} on ${text}`).toBeLessThan(most);
          }
        }),
        { seed, numRuns: Number(process.env.FUZZ_RUNS ?? 400) },
      );
      expect(Math.min(seen.slow, seen.fine)).toBeGreaterThan(10);
    },
    propertyTimeoutMs,
  );
});

describe('texts of patterns', () => {
  it.each([
    ['^[A-Z0-9]+$', 6, 6, []],
    ['^[a-z-]*$', 40, 60, []],
    ['[+]00:00$', 0, 99, ['date-time']],
    ['^20', 0, 99, ['date']],
    ['^(?=.*[A-Z])(?=.*\\d)[A-Za-z\\d]{12,}$', 12, 20, []],
    ['^(red|green|blue)(-\\d{2}){1,3}$', 9, 12, []],
    ['^\\p{Lu}\\p{Ll}{3,8}$', 5, 9, []],
    ['b', 20, 30, []],
  ] as const)('%s: a text of %d to %d characters matches', (pattern, least, most, formats) => {
    const cache = new Cache();
    for (let draw = 0; draw < 20; draw += 1) {
      const text = drawText({ least, most, patterns: [pattern], formats }, undefined, {
        random: randomOf(draw),
        cache,
      });
      expect(text).toMatch(new RegExp(pattern, 'u'));
      expect([...(text ?? '')].length).toBeGreaterThanOrEqual(least);
      expect([...(text ?? '')].length).toBeLessThanOrEqual(most);
    }
  });
});
