import { editsBetween } from '@hyvve-events/runtime/codegen';
import type { EventModel, EventModelEntry } from '../model/event-model.js';
import { type ReadOptions, readCatalog } from '../pipeline.js';
import { createSampler } from '../sample/sampler.js';
import { Cache } from '../support/cache.js';
import { commandError, GeneratorError } from '../support/errors.js';
import { CompiledValidators, type SchemaCheck } from '../validators/compile-validators.js';
import { createSchemaChecks } from '../validators/schema-checks.js';

/** The events of a catalog, with what a command needs to make valid data of them. */
export interface EventSource {
  readonly model: EventModel;
  /** An event by its type or key. @throws GeneratorError `USAGE` with similar types */
  find(wanted: string): EventModelEntry;
  /** The check of an event's data; undefined if its payload is not a JSON Schema. */
  checkOf(event: EventModelEntry): SchemaCheck | undefined;
  /** Valid random data of an event; the same seed gives the same data. @throws GeneratorError `SAMPLE_IMPOSSIBLE` */
  sample(event: EventModelEntry, seed: number): unknown;
}

/** Reads a catalog. @param command Name of the command, for errors. */
export async function readEvents(settings: ReadOptions, command: string): Promise<EventSource> {
  const { model, placeOf } = await readCatalog(settings);
  const cache = new Cache();
  const { validatorOf } = createSchemaChecks(new CompiledValidators(model, cache));
  const { sample } = createSampler(model, validatorOf, cache);
  return {
    model,
    find: (wanted) => findEvent(model, wanted, command),
    checkOf: ({ payload }) => validatorOf(payload),
    sample: (event, seed) => {
      const data = sample(event, seed);
      if (data !== undefined) return data;
      const message = `no valid data could be generated for ${event.type}`;
      const hint = 'add an example to the message: it is used if no data can be generated';
      const place = placeOf(event.source);
      throw new GeneratorError([{ code: 'SAMPLE_IMPOSSIBLE', severity: 'error', ...place, message, hint }]);
    },
  };
}

/** An event by its type or key. @throws GeneratorError `USAGE` with similar types */
export function findEvent({ events }: EventModel, wanted: string, command: string): EventModelEntry {
  const found = events.find(({ type, key }) => type === wanted || key === wanted);
  if (found !== undefined) return found;
  const similar = events.filter((event) => isSimilar(event, wanted)).map(({ type }) => type);
  const list = (similar.length > 0 ? similar : events.map(({ type }) => type)).slice(0, 6).join(', ');
  const hint = similar.length > 0 ? `similar event types: ${list}` : `some of its event types: ${list}`;
  throw commandError(command, { code: 'USAGE', message: `the catalog has no event ${wanted}`, hint });
}

/** Whether it is misspelt, or the type has one of its words. */
function isSimilar({ type, key }: EventModelEntry, wanted: string): boolean {
  const text = wanted.toLowerCase();
  if ([type, key].some((name) => editsBetween(name.toLowerCase(), text) <= 2)) return true;
  const words = text.split(/[^a-z0-9]+/).filter((word) => word.length > 2);
  return words.some((word) => type.toLowerCase().includes(word));
}
