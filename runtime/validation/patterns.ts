import type { ValidationError } from '../event/definition.js';

/**
 * Steps of matching that one validation may take on patterns whose time grows faster than a text does: some 0.1 s. What
 * would take more is not matched but refused.
 */
export const mostPatternSteps = 10_000_000;

/** Steps for each character of a text that are not counted: they take no longer than reading the text. */
const freeSteps = 16;

let left = mostPatternSteps;

/** Before each validation: what it may spend. */
export function restoreSteps(): void {
  left = mostPatternSteps;
}

/** A text is too long for its pattern, alone or together with the others of its event. */
export class TextTooLong extends Error {
  readonly violation: ValidationError;

  constructor(pattern: string, length: number) {
    super('a text is too long for its pattern');
    this.violation = {
      ...{ instancePath: '', schemaPath: '#/pattern', keyword: 'pattern', params: { pattern, length } },
      message: `has a text of ${length} characters, which takes too long to match with the pattern "${pattern}"`,
    };
  }
}

/**
 * An expression that is not run on texts which would take it too long.
 * @param degree The power of a text's length that its time grows with.
 * @param factor What it takes more than `length ** degree / degree!` steps.
 * @throws TextTooLong, which {@link restoreSteps}'s caller catches
 */
export function limited(expression: RegExp, degree: number, factor: number): { test(text: string): boolean } {
  let divisor = 1;
  for (let n = 2; n <= degree; n += 1) divisor *= n;
  return {
    test(text) {
      const steps = (factor * text.length ** degree) / divisor;
      if (steps > freeSteps * text.length) {
        if (steps > left) throw new TextTooLong(expression.source, text.length);
        left -= steps;
      }
      return expression.test(text);
    },
  };
}
