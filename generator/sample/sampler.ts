import type { EventModel, EventModelEntry, JsonValue } from '../model/event-model.js';
import { refTo } from '../model/json-schema.js';
import { Cache } from '../support/cache.js';
import type { SchemaCheck } from '../validators/compile-validators.js';
import { slowSchemas } from '../validators/slow-schemas.js';
import { CannotDraw, draw } from './draw.js';
import { randomOf, seedOf } from './random.js';

/** Draws examples of the events of a model. */
export interface Sampler {
  /**
   * Valid data of an event; undefined if none could be drawn.
   * @param seed The same seed gives the same data. Default: made from the event's type.
   */
  readonly sample: (
    event: Pick<EventModelEntry, 'type' | 'payload' | 'examples'>,
    seed?: number,
  ) => JsonValue | undefined;
  /** The reason why the last call drew no data. */
  readonly reason: () => string;
}

/** The maximum of attempts for an event: data for `not` and overlapping `oneOf` is only found by chance. */
const mostDraws = 60;

/** @param validatorOf The compiled check of a schema of the model; undefined if it cannot be compiled. */
export function createSampler(
  model: EventModel,
  validatorOf: (name: string) => SchemaCheck | undefined,
  cache: Cache = new Cache(),
): Sampler {
  const definitions = new Map(model.schemas.map(({ name, schema }) => [name, schema]));
  const slow = slowSchemas(model, cache);
  let reason = '';
  return {
    reason: () => reason,
    sample: (event, seed = seedOf(event.type)) => {
      const isValid = slow.has(event.payload) ? undefined : validatorOf(event.payload);
      if (isValid === undefined) {
        reason = 'its schema cannot be checked';
        return undefined;
      }
      reason = 'the drawn data does not match the schema';
      for (let attempt = 0; attempt < mostDraws; attempt += 1) {
        const random = randomOf(seed + attempt * 0x9e37);
        try {
          const value = draw({ $ref: refTo(event.payload) }, { definitions, random, attempt, cache });
          if (isValid(value) === true) return value;
        } catch (error) {
          if (!(error instanceof CannotDraw)) throw error;
          reason = error.message;
        }
      }
      return event.examples.find(({ data }) => isValid(data) === true)?.data;
    },
  };
}
