import type { Rule } from './rule.js';

/** A number that JavaScript cannot hold becomes another one in validators, types and docs, without a word. */
export const numberInexact: Rule = {
  code: 'NUMBER_INEXACT',
  severity: 'warning',
  *check({ inexactNumbers }) {
    for (const { place, written, read } of inexactNumbers()) {
      yield {
        place,
        message: `JavaScript cannot hold the number ${written}: it becomes ${read}`,
        hint: 'use a smaller number, or a string where every digit counts',
        about: [written],
      };
    }
  },
};
