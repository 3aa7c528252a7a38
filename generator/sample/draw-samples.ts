import type { EventModel, EventModelEntry, JsonValue } from '../model/event-model.js';
import { Cache } from '../support/cache.js';
import type { SchemaChecks } from '../validators/schema-checks.js';
import { createSampler, type Sampler } from './sampler.js';

/** The result of drawing samples. */
export interface DrawnSamples {
  /** Valid data by event type. */
  readonly samples: ReadonlyMap<string, JsonValue>;
  /** Events without a sample, and the reason. */
  readonly missing: readonly { readonly event: EventModelEntry; readonly reason: string }[];
}

/** Valid data of every event: its first valid example, or drawn data. */
export function drawSamples(
  model: EventModel,
  { validatorOf }: Pick<SchemaChecks, 'validatorOf'>,
  cache: Cache = new Cache(),
): DrawnSamples {
  // Most catalogs have examples, so nothing has to be drawn.
  let sampler: Sampler | undefined;
  const samples = new Map<string, JsonValue>();
  const missing: { readonly event: EventModelEntry; readonly reason: string }[] = [];
  for (const event of model.events) {
    if (event.reply) continue;
    const valid = event.examples.find(({ data }) => validatorOf(event.payload)?.(data) === true);
    if (valid !== undefined) {
      samples.set(event.type, valid.data);
      continue;
    }
    sampler ??= createSampler(model, validatorOf, cache);
    const drawn = sampler.sample(event);
    if (drawn === undefined) missing.push({ event, reason: sampler.reason() });
    // If the content has not changed, the object of the last run is reused, so that its module is not printed again.
    else
      samples.set(
        event.type,
        cache.derive('draw-sample', event.type, [JSON.stringify(drawn)], () => drawn),
      );
  }
  return { samples, missing };
}
