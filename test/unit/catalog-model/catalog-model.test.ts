import type { CatalogFile, PatternCost } from '@hyvve-events/catalog-model';
import { describe, expectTypeOf, it } from 'vitest';
import type { EventModel } from '../../../generator/model/event-model.js';
import type { PatternCost as WrittenCost } from '../../../generator/patterns/pattern-cost.js';

// The type checker runs these: they fail at `npm run typecheck`.
describe('catalog model', () => {
  it('catalog.json has the fields of the model and the costs of patterns, and no others', () => {
    expectTypeOf<keyof CatalogFile>().toEqualTypeOf<keyof EventModel | 'patternCosts'>();
    expectTypeOf<PatternCost>().toEqualTypeOf<WrittenCost>();
  });
});
