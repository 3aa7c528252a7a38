import type { CatalogFile, ChangeDetail, EventChange, PatternCost } from '@hyvve-events/catalog-model';
import { describe, expectTypeOf, it } from 'vitest';
import type { Change } from '../../../generator/diff/change.js';
import type { EventDiff } from '../../../generator/diff/compare-models.js';
import type { EventModel } from '../../../generator/model/event-model.js';
import type { PatternCost as WrittenCost } from '../../../generator/patterns/pattern-cost.js';

// The type checker runs these: they fail at `npm run typecheck`.
describe('catalog model', () => {
  it('a difference has the fields that the generator writes to changes.json, and no others', () => {
    expectTypeOf<EventDiff>().toExtend<EventChange>();
    expectTypeOf<keyof EventDiff>().toEqualTypeOf<keyof EventChange>();
    expectTypeOf<keyof Change>().toEqualTypeOf<keyof ChangeDetail>();
    expectTypeOf<EventDiff['kind' | 'impact']>().toEqualTypeOf<EventChange['kind' | 'impact']>();
  });

  it('catalog.json has the fields of the model and the costs of patterns, and no others', () => {
    expectTypeOf<keyof CatalogFile>().toEqualTypeOf<keyof EventModel | 'patternCosts'>();
    expectTypeOf<PatternCost>().toEqualTypeOf<WrittenCost>();
  });
});
