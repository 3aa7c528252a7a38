import fc from 'fast-check';

/** Expressions of a few characters, in groups, choices and repetitions. */
export const drawnPattern: fc.Arbitrary<string> = fc.letrec<{ choice: string }>((tie) => {
  const piece = fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom('a', 'b', '[ab]', '\\w', '-', '.'),
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
