import type { EventModel, EventModelEntry, JsonValue } from '../model/event-model.js';
import type { SchemaChecks } from '../validators/schema-checks.js';
import { createSampler, type Sampler } from './sampler.js';

/** What came of drawing samples. */
export interface DrawnSamples {
  /** Valid data by event type. */
  readonly samples: ReadonlyMap<string, JsonValue>;
  /** Events for which none was found, and why. */
  readonly missing: readonly { readonly event: EventModelEntry; readonly reason: string }[];
}

/** Valid data of every event: its first valid example, else what is drawn. */
export function drawSamples(model: EventModel, { validatorOf }: Pick<SchemaChecks, 'validatorOf'>): DrawnSamples {
  // Most catalogs have examples: then nothing is drawn.
  let sampler: Sampler | undefined;
  const samples = new Map<string, JsonValue>();
  const missing: { readonly event: EventModelEntry; readonly reason: string }[] = [];
  for (const event of model.events) {
    if (event.reply) continue;
    const valid = event.examples.find(({ data }) => validatorOf(event.payload)?.(data) === true);
    if (valid === undefined) sampler ??= createSampler(model, validatorOf);
    const data = valid === undefined ? sampler?.sample(event) : valid.data;
    if (data !== undefined) samples.set(event.type, data);
    else missing.push({ event, reason: sampler?.reason() ?? '' });
  }
  return { samples, missing };
}
