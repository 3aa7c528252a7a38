import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PatternNode, parsePattern } from '../../generator/patterns/parse-pattern.js';
import { slownessOf } from '../../generator/patterns/slow-pattern.js';
import { randomOf } from '../../generator/sample/random.js';
import { drawText } from '../../generator/sample/texts.js';

const seed = Number(process.env.FUZZ_SEED ?? 20_261_128);

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

const harmless = [
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

/** Steps that a backtracking matcher takes to find that a text does not match as a whole; undefined beyond a limit. */
function stepsOf(node: PatternNode, text: string, most: number): number | undefined {
  let steps = 0;
  const run = (at: PatternNode, index: number, next: (index: number) => boolean): boolean => {
    steps += 1;
    if (steps > most) throw new RangeError();
    switch (at.kind) {
      case 'character':
        return index < text.length && at.matches(text[index] ?? '') && next(index + 1);
      case 'sequence': {
        const from = (part: number, place: number): boolean => {
          const own = at.parts[part];
          return own === undefined ? next(place) : run(own, place, (after) => from(part + 1, after));
        };
        return from(0, index);
      }
      case 'choice':
        return at.options.some((option) => run(option, index, next));
      case 'repeat': {
        const turn = (count: number, place: number): boolean => {
          const again =
            count < at.most &&
            run(at.body, place, (after) => (after > place || count < at.least) && turn(count + 1, after));
          return again || (count >= at.least && next(place));
        };
        return turn(0, index);
      }
      default:
        return next(index);
    }
  };
  try {
    run(node, 0, (index) => index === text.length && text.endsWith('never'));
    return steps;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

describe('patterns', () => {
  it.each(exponential)('%s can take time without measure', (pattern) => {
    expect(slownessOf(pattern)).toBe('exponential');
  });

  it.each(harmless)('%s is harmless', (pattern) => {
    expect(slownessOf(pattern)).toBeUndefined();
  });

  it.each(['a{400000000}', '(a{1000}){1000}'])('%s repeats too much', (pattern) => {
    expect(slownessOf(pattern)).toBe('large');
  });

  it('that pass take no exponential time, whatever is drawn', () => {
    const atom: fc.Arbitrary<string> = fc.letrec<{ choice: string }>((tie) => {
      const piece = fc.oneof(
        { maxDepth: 2 },
        fc.constantFrom('a', 'b', '[ab]', '\\w', '-'),
        tie('choice').map((inner) => `(?:${inner})`),
      );
      const counted = fc
        .tuple(piece, fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '{2,}'))
        .map((pair) => pair.join(''));
      const sequence = fc.array(counted, { minLength: 1, maxLength: 3 }).map((all) => all.join(''));
      return {
        choice: fc.oneof(
          { weight: 3, arbitrary: sequence },
          fc.tuple(sequence, sequence).map((all) => all.join('|')),
        ),
      };
    }).choice;
    const seen = { slow: 0, fine: 0 };
    fc.assert(
      fc.property(atom, (body) => {
        const pattern = `^(?:${body})$`;
        const isSlow = slownessOf(pattern) !== undefined;
        seen[isSlow ? 'slow' : 'fine'] += 1;
        const node = parsePattern(pattern);
        if (isSlow || node === undefined) return;
        for (const pumped of ['a', 'b', 'ab', 'a-', 'aab']) {
          // Twice the length costs a polynomial of the eighth degree 256 times the steps, and doubling 1,024 times.
          const [short, long] = [10, 20].map((length) => stepsOf(node, pumped.repeat(20).slice(0, length), 5_000_000));
          expect((long ?? Number.POSITIVE_INFINITY) / (short ?? 1), `${pattern} on ${pumped}`).toBeLessThan(512);
        }
      }),
      { seed, numRuns: Number(process.env.FUZZ_RUNS ?? 400) },
    );
    expect(Math.min(seen.slow, seen.fine)).toBeGreaterThan(10);
  }, 60_000);
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
  ] as const)('%s of %d to %d characters', (pattern, least, most, formats) => {
    for (let draw = 0; draw < 20; draw += 1) {
      const text = drawText({ least, most, patterns: [pattern], formats }, undefined, randomOf(draw));
      expect(text).toMatch(new RegExp(pattern, 'u'));
      expect([...(text ?? '')].length).toBeGreaterThanOrEqual(least);
      expect([...(text ?? '')].length).toBeLessThanOrEqual(most);
    }
  });
});
