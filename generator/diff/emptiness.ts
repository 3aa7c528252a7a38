import type { JsonSchema } from '../model/event-model.js';
import { type Conjunction, type Definitions, matches, type Shape } from '../model/shape.js';
import { narrow, waysOf } from '../model/shapes-of.js';

/** Largest depth to which parts without valid values are searched. */
const deepest = 6;

/** True if it is certain that no value satisfies a shape. */
export function isEmpty(shape: Shape, definitions: Definitions, depth = 0): boolean {
  const { type, limits } = shape;
  if (type === 'number') return isEmptyRange(shape);
  if (type === 'string') return crosses(limits, 'minLength', 'maxLength');
  if (type === 'array') {
    if (crosses(limits, 'minItems', 'maxItems')) return true;
    const least = limits.get('minItems') ?? 0;
    const known = Math.min(least, shape.prefixItems.length + 1, deepest);
    return Array.from({ length: known }, (_, index) => itemAt(shape, index)).some((item) =>
      areEmpty(item, definitions, depth),
    );
  }
  if (type !== 'object') return false;
  if (crosses(limits, 'minProperties', 'maxProperties')) return true;
  if (shape.required.length > (limits.get('maxProperties') ?? Number.POSITIVE_INFINITY)) return true;
  return shape.required.some((name) => {
    const schemas = propertyAt(shape, name);
    return schemas === undefined || areEmpty(schemas, definitions, depth);
  });
}

/** True if it is certain that no value satisfies all the schemas. */
export function areEmpty(schemas: Conjunction, definitions: Definitions, depth = 0): boolean {
  if (schemas.length === 0 || depth > deepest) return false;
  return waysOf(schemas, definitions).every((shape) => isEmpty(shape, definitions, depth + 1));
}

/** True if it is certain that no value of a shape satisfies a schema. */
export function isDisjoint(shape: Shape, schema: JsonSchema, definitions: Definitions): boolean {
  return narrow(shape, schema, definitions).every((each) => isEmpty(each, definitions));
}

/** The schemas of a property of a shape. Undefined if the property is forbidden, empty if any value is valid. */
export function propertyAt(shape: Shape, name: string): Conjunction | undefined {
  const { properties, patternProperties, additional } = shape;
  const matching = [...patternProperties].filter(([pattern]) => matches(pattern, name) === true);
  const isUnsure = [...patternProperties.keys()].some((pattern) => matches(pattern, name) === undefined);
  const own = properties.get(name);
  const others = matching.length > 0 || isUnsure ? [] : (additional ?? []);
  const all = [...(own ?? others), ...matching.flatMap(([, schemas]) => schemas)];
  return all.includes(false) ? undefined : all;
}

/** The schemas of an item of a shape. Empty if any value is valid. */
export function itemAt({ prefixItems, items }: Shape, index: number): Conjunction {
  return prefixItems[index] ?? items ?? [];
}

function crosses(limits: Shape['limits'], least: string, most: string): boolean {
  return (limits.get(least) ?? 0) > (limits.get(most) ?? Number.POSITIVE_INFINITY);
}

function isEmptyRange({ limits, isInteger }: Shape): boolean {
  const least = Math.max(limits.get('minimum') ?? -Infinity, limits.get('exclusiveMinimum') ?? -Infinity);
  const most = Math.min(limits.get('maximum') ?? Infinity, limits.get('exclusiveMaximum') ?? Infinity);
  if (least > most) return true;
  if (least === most && (limits.get('exclusiveMinimum') === least || limits.get('exclusiveMaximum') === most))
    return true;
  return isInteger && Math.ceil(least) > Math.floor(most);
}
