import { formats, isMultipleOf } from '@hyvve-events/runtime/codegen';
import type { JsonValue } from '../model/event-model.js';
import type { SchemaObject } from '../model/json-schema.js';
import type { Shape } from '../model/shape.js';
import { numberFormats } from '../model/shapes-of.js';

/** Why values of a shape may violate the types, `enum` or `const` of a schema. Undefined if they cannot. */
export function gapOfType({ type, isInteger }: Shape, outer: SchemaObject): string | undefined {
  const given = typeof outer.type === 'string' ? [outer.type] : outer.type;
  if (Array.isArray(given) && !given.includes(type) && !(type === 'number' && isInteger && given.includes('integer'))) {
    return `${type === 'number' && isInteger ? 'integer' : type} is not ${given.join(' or ')}`;
  }
  const values = outer.const === undefined ? outer.enum : [outer.const];
  if (!Array.isArray(values)) return undefined;
  const all = type === 'boolean' ? [true, false] : type === 'null' ? [null] : undefined;
  return all?.every((value) => values.includes(value)) === true ? undefined : `any ${type} is possible`;
}

/** Why numbers and strings of a shape may violate the limits of a schema. Undefined if they cannot. */
export function gapOfScalar(shape: Shape, outer: SchemaObject): string | undefined {
  if (shape.type === 'string') return gapOfText(shape, outer);
  return shape.type === 'number' ? gapOfNumber(shape, outer) : undefined;
}

/** Whether validators check a format. Some formats, such as `password`, are not checked. */
export function isCheckedFormat(format: string): boolean {
  return Object.hasOwn(formats, format);
}

function gapOfText({ limits, patterns, formats: own }: Shape, outer: SchemaObject): string | undefined {
  const { format, pattern } = outer;
  if ((numberOf(outer.minLength) ?? 0) > (limits.get('minLength') ?? 0)) return notCertain('minLength', outer);
  if ((numberOf(outer.maxLength) ?? Infinity) < (limits.get('maxLength') ?? Infinity))
    return notCertain('maxLength', outer);
  if (typeof pattern === 'string' && !patterns.includes(pattern)) return notCertain('pattern', outer);
  if (typeof format !== 'string' || numberFormats.includes(format) || !isCheckedFormat(format)) return undefined;
  return own.includes(format) ? undefined : notCertain('format', outer);
}

function gapOfNumber(shape: Shape, outer: SchemaObject): string | undefined {
  const range = rangeOf(shape);
  const broken = ['minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum'].find(
    (keyword) => !isWithin(range, keyword, numberOf(outer[keyword])),
  );
  if (broken !== undefined) return notCertain(broken, outer);
  const multiple = numberOf(outer.multipleOf);
  const own = shape.limits.get('multipleOf') ?? (shape.isInteger ? 1 : undefined);
  if (multiple !== undefined && (own === undefined || !isMultipleOf(own, multiple))) {
    if (!(shape.isInteger && isMultipleOf(1, multiple))) return notCertain('multipleOf', outer);
  }
  if (outer.format === 'int64') return shape.isInteger ? undefined : notCertain('format', outer);
  if (outer.format !== 'int32') return undefined;
  const fits = isWithin(range, 'minimum', int32.least) && isWithin(range, 'maximum', int32.most);
  return shape.isInteger && fits ? undefined : notCertain('format', outer);
}

const int32 = { least: -(2 ** 31), most: 2 ** 31 - 1 };

/** The numbers that a shape allows: from `least` to `most`, each of which may be excluded. */
interface Range {
  readonly least: number;
  readonly most: number;
  readonly excludesLeast: boolean;
  readonly excludesMost: boolean;
}

function rangeOf({ limits, isInteger, formats: own }: Shape): Range {
  const isInt32 = own.includes('int32');
  const least = Math.max(limits.get('minimum') ?? -Infinity, isInt32 ? int32.least : -Infinity);
  const most = Math.min(limits.get('maximum') ?? Infinity, isInt32 ? int32.most : Infinity);
  const above = limits.get('exclusiveMinimum') ?? -Infinity;
  const below = limits.get('exclusiveMaximum') ?? Infinity;
  if (isInteger) {
    return {
      least: Math.max(Math.ceil(least), Math.floor(above) + 1),
      most: Math.min(Math.floor(most), Math.ceil(below) - 1),
      excludesLeast: false,
      excludesMost: false,
    };
  }
  return {
    least: Math.max(least, above),
    most: Math.min(most, below),
    excludesLeast: above >= least,
    excludesMost: below <= most,
  };
}

function isWithin(range: Range, keyword: string, limit: number | undefined): boolean {
  if (limit === undefined) return true;
  const { least, most, excludesLeast, excludesMost } = range;
  if (keyword === 'minimum') return least >= limit;
  if (keyword === 'maximum') return most <= limit;
  if (keyword === 'exclusiveMinimum') return least > limit || (least === limit && excludesLeast);
  return most < limit || (most === limit && excludesMost);
}

function notCertain(keyword: string, outer: SchemaObject): string {
  return `${keyword} ${JSON.stringify(outer[keyword])} may be violated`;
}

/** The value of a keyword if it is a number. */
export function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
