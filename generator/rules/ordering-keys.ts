import type { BuiltModel } from '../build/build-model.js';
import type { JsonSchema } from '../model/event-model.js';
import { typesOf } from '../model/json-schema.js';
import { personalDataMark } from '../model/keywords.js';
import { type FindNamed, hasKeyword, isAlwaysPresent, schemaOfProperty } from '../model/property-presence.js';
import { keysOf, pointerOf } from '../source/json-pointer.js';
import type { Problem } from '../support/errors.js';

/** Ordering keys that not every valid payload has, or that are neither a string nor an integer. */
export function invalidOrderingKeys({ model, placeOf }: Pick<BuiltModel, 'model' | 'placeOf'>): Problem[] {
  const schemas = new Map(model.schemas.map(({ name, schema }) => [name, schema]));
  const find: FindNamed = (name) => schemas.get(name);
  return model.events.flatMap(({ type, payload, orderingKey, source }): Problem[] => {
    if (orderingKey === undefined) return [];
    const wrong = problemAt(find(payload) ?? true, keysOf(orderingKey), find);
    if (wrong === undefined) return [];
    return [
      {
        code: 'ORDERING_KEY_INVALID',
        severity: 'error',
        ...placeOf(source, '/x-ordering-key'),
        message: `the ordering key of ${type} is at ${orderingKey} of the payload: ${wrong.message}`,
        hint: wrong.hint,
      },
    ];
  });
}

interface Wrong {
  readonly message: string;
  readonly hint: string;
}

function problemAt(payload: JsonSchema, names: readonly string[], find: FindNamed): Wrong | undefined {
  let schema = payload;
  for (const [index, name] of names.entries()) {
    const place = index === 0 ? 'the payload' : pointerOf(names.slice(0, index));
    const own = pointerOf(names.slice(0, index + 1));
    const types = typesOf(schema, find);
    if (types?.length !== 1 || types[0] !== 'object') {
      return {
        message: `${place} is not always an object`,
        hint: `give ${place} \`type: object\`, or use another property`,
      };
    }
    if (!isAlwaysPresent(schema, name, find)) {
      const hint = `add \`${name}\` to \`required\` of ${place}, or use another property`;
      return { message: `${own} is not required, so an event might have no key`, hint };
    }
    schema = schemaOfProperty(schema, name, find);
    if (hasKeyword(schema, personalDataMark, true, find)) {
      const message = `${own} is personal data, which the admin service hides in the payload but not in the key`;
      return { message, hint: 'use the id of something that is not a person’s data' };
    }
  }
  const types = typesOf(schema, find);
  if (types !== undefined && types.length > 0 && types.every((type) => type === 'string' || type === 'integer'))
    return undefined;
  const found =
    types === undefined ? 'any value is valid there' : `values of type ${types.join(' or ')} are valid there`;
  return {
    message: `it must be a string or an integer, but ${found}`,
    hint: 'give it `type: string` or `type: integer`',
  };
}
