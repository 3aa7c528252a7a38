import type { SchemaCheck } from '../compile-validators.js';
import type { EventModel, EventModelEntry, JsonValue } from '../model.js';
import { CannotDraw, draw, type TextMatching } from './draw.js';
import { randomOf, seedOf } from './random.js';

/** Draws examples of the events of a model. */
export interface Sampler {
  /**
   * Valid data of an event; undefined where none could be drawn.
   * @param seed The same seed gives the same data. Default: made from the event's type.
   */
  readonly sample: (event: EventModelEntry, seed?: number) => JsonValue | undefined;
}

/** Draws that may fail before an event is given up: `not`, `if` and overlapping `oneOf` are hit by chance. */
const mostDraws = 60;

/** @param validatorOf The compiled check of a schema of the model; undefined where it cannot be compiled. */
export async function createSampler(
  model: EventModel,
  validatorOf: (name: string) => SchemaCheck | undefined,
): Promise<Sampler> {
  const definitions = new Map(model.schemas.map(({ name, schema }) => [name, schema]));
  const hasPatterns = JSON.stringify(model.schemas).includes('"pattern');
  const textMatching = hasPatterns ? await loadTextMatching() : () => undefined;
  return {
    sample: (event, seed = seedOf(event.type)) => {
      const isValid = validatorOf(event.payload);
      if (isValid === undefined) return undefined;
      for (let attempt = 0; attempt < mostDraws; attempt += 1) {
        const random = randomOf(seed + attempt * 0x9e37);
        try {
          const value = draw({ $ref: `#/$defs/${event.payload}` }, { definitions, random, textMatching });
          if (isValid(value) === true) return value;
        } catch (error) {
          if (!(error instanceof CannotDraw)) throw error;
        }
      }
      return event.examples.find(({ data }) => isValid(data) === true)?.data;
    },
  };
}

async function loadTextMatching(): Promise<TextMatching> {
  const { sample, stringMatching } = await import('fast-check');
  return (pattern, seed) => {
    try {
      const whole = new RegExp(`^(?:${pattern.replace(/^\^/, '').replace(/(?<!\\)\$$/, '')})$`);
      return sample(stringMatching(whole, { size: 'xsmall' }), { seed, numRuns: 1 })[0];
    } catch {
      // Look-arounds and back-references are beyond it: the draw is repeated without the pattern, and fails in the end.
      return undefined;
    }
  };
}
