import type { SchemaChecks } from '../check.js';
import type { EventModel, JsonValue } from '../model.js';
import { createSampler, type Sampler } from './sampler.js';

/** Valid data of every event: its first valid example, else what is drawn. Events for which there is none are left out. */
export async function drawSamples(
  model: EventModel,
  { validatorOf }: Pick<SchemaChecks, 'validatorOf'>,
): Promise<ReadonlyMap<string, JsonValue>> {
  // Most catalogs have examples: then nothing is drawn.
  let sampler: Sampler | undefined;
  const found = new Map<string, JsonValue>();
  for (const event of model.events) {
    if (event.reply) continue;
    const valid = event.examples.find(({ data }) => validatorOf(event.payload)?.(data) === true);
    if (valid === undefined) sampler ??= await createSampler(model, validatorOf);
    const data = valid === undefined ? sampler?.sample(event) : valid.data;
    if (data !== undefined) found.set(event.type, data);
  }
  return found;
}
