import type { Rule } from './rule.js';

/** A number that JavaScript cannot represent exactly would silently change in validators, types and docs. */
export const numberInexact: Rule = {
  code: 'NUMBER_INEXACT',
  severity: 'warning',
  *check({ inexactNumbers }) {
    for (const { place, written, read } of inexactNumbers()) {
      yield {
        place,
        message: `JavaScript cannot represent the number ${written}: it becomes ${read}`,
        hint: 'use a number with fewer digits, or a string if every digit matters',
        about: [written],
      };
    }
  },
};
