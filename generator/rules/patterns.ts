import { mostPatternSteps } from '@hyvve-events/runtime/codegen';
import { schemaMap } from '../model/json-schema.js';
import { costOf, longestText } from '../patterns/pattern-cost.js';
import { slownessOf } from '../patterns/slow-pattern.js';
import { pointerOf } from '../source/document-store.js';
import type { Rule } from './rule.js';

/** If matching time grows faster than the text, validators refuse long texts, even if the pattern matches them. */
export const patternLimited: Rule = {
  code: 'PATTERN_LIMITED',
  severity: 'warning',
  *check({ visited, placeOf, cache }) {
    for (const { schema, owner, source, pointer } of visited) {
      const { pattern, maxLength } = schema;
      const patterns: (readonly [expression: string, keys: readonly string[]])[] = [
        ...(typeof pattern === 'string' ? [[pattern, ['pattern']] as const] : []),
        ...Object.keys(schemaMap(schema.patternProperties)).map((name) => [name, ['patternProperties', name]] as const),
      ];
      for (const [expression, keys] of patterns) {
        const cost = costOf(expression, cache);
        if (cost.degree === 1 || slownessOf(expression, cache) !== undefined) continue;
        const most = longestText(cost, mostPatternSteps);
        if (keys[0] === 'pattern' && typeof maxLength === 'number' && maxLength <= most) continue;
        const growth = cost.degree === 2 ? 'square' : `power of ${cost.degree}`;
        yield {
          place: placeOf(source, `${pointer}${pointerOf(keys)}`),
          message: `${owner}: the pattern ${JSON.stringify(expression)} takes time that grows with the ${growth} of a text's length: texts of more than ${most} characters are refused`,
          hint: `add \`maxLength\` of ${most} or less, or begin the pattern with ^ and repeat each character in one place`,
          about: [owner],
        };
      }
    }
  },
};
