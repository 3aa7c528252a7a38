import type { ValidationError } from '../event/validate.js';

/**
 * Maximum number of matching steps of one validation for patterns with superlinear time: about 0.1 s. Texts that would take
 * more are refused without matching.
 */
export const mostPatternSteps = 10_000_000;

/** Number of steps per character that are not counted: they are as cheap as reading the text. */
const freeSteps = 16;

let left = mostPatternSteps;

/** Resets the number of steps; called before each validation. */
export function restoreSteps(): void {
  left = mostPatternSteps;
}

/** A text is too long for its pattern, alone or together with other texts of the same event. */
export class TextTooLong extends Error {
  readonly violation: ValidationError;

  constructor(pattern: string, length: number) {
    super('a text is too long for its pattern');
    this.violation = {
      instancePath: '',
      schemaPath: '#/pattern',
      keyword: 'pattern',
      params: { pattern, length },
      message: `has a text of ${length} characters, which takes too long to match with the pattern "${pattern}"`,
    };
  }
}

/**
 * An expression with a limited matching time: texts that would take too long are refused.
 * @param degree Degree of the polynomial by which the matching time grows with the length of the text.
 * @param factor Constant factor: matching takes about `factor * length ** degree / degree!` steps.
 * @throws TextTooLong, which `guard` converts to a violation
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
