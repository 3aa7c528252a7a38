import type {
  DomainModel,
  EventModel,
  EventModelEntry,
  JsonSchema,
  JsonValue,
  SchemaModel,
} from '../model/event-model.js';
import { isSchemaObject, referredName, subschemas, typesOf } from '../model/json-schema.js';
import type { EmittedFile } from '../output/emitted-file.js';
import { Imports } from '../print/imports.js';
import { docComment } from '../print/jsdoc.js';
import { samplesFolder, sharedModule } from '../print/modules.js';
import { indent, jsonExpression } from '../print/text.js';
import { type FindSchema, isPlainObject } from '../print/type-expression.js';
import { printSourceFile, type Reexport, type Statement } from '../print/typescript-file.js';
import { isText } from '../support/memo.js';
import { contentOf, type EmitContext } from './emit-context.js';

/** Valid data by event type. */
export type Samples = ReadonlyMap<string, JsonValue>;

/**
 * Functions that return valid data for users' tests: a module for each domain and an index, separate from the modules that
 * services load. Events without a sample are omitted.
 */
export function emitSamples(model: EventModel, samples: Samples, { contents, cache }: EmitContext): EmittedFile[] {
  const modules = model.domains.flatMap((domain) => {
    const events = contents.eventsOf(domain).filter(({ type }) => samples.has(type));
    return events.length === 0 ? [] : [{ domain, events }];
  });
  if (modules.length === 0) return [];
  const reexports: Reexport[] = modules.map(({ domain, events }) => ({
    from: `./${domain.fileName}.js`,
    names: events.map(samplerName),
  }));
  const index = { source: model.catalog.title, imports: new Imports([]), reexports, statements: [] };
  const schemas = new Map(model.schemas.map((schema) => [schema.name, schema]));
  const find = (name: string) => schemas.get(name)?.schema;
  return [
    ...modules.map(({ domain, events: all }) => {
      const events = all.map((event): SampledEvent => {
        const schema = schemas.get(event.payload);
        const payload = schema?.schema ?? true;
        const kind = kindOf(payload, find);
        const isInherited = hasInheritedName(payload, find);
        return { event, schema, sample: samples.get(event.type), kind, isInherited };
      });
      const inputs = [
        domain,
        ...events.flatMap(({ event, schema, sample, kind, isInherited }) => [event, schema, sample, kind, isInherited]),
      ];
      const path = `${samplesFolder}/${domain.fileName}.ts`;
      return cache.derive('emit-samples', domain.fileName, inputs, () => {
        const drawn = events.map(({ sample, kind, isInherited }) => [sample, kind, isInherited]);
        const parts = [domain, ...all, ...events.flatMap(({ schema }) => schema ?? [])];
        const input = JSON.stringify([drawn, contentOf(parts, cache)]);
        const print = () => domainText(domain, events);
        return { path, text: cache.memo.derive('emit-samples', input, isText, print) };
      });
    }),
    { path: `${samplesFolder}/index.ts`, text: printSourceFile(index) },
  ];
}

/** Everything that the function of an event depends on. */
interface SampledEvent {
  readonly event: EventModelEntry;
  /** The payload. */
  readonly schema: SchemaModel | undefined;
  readonly sample: JsonValue | undefined;
  readonly kind: PayloadKind;
  /** As {@link hasInheritedName}. */
  readonly isInherited: boolean;
}

/** The values of a payload: objects whose type is an interface, other objects, or not only objects. It depends on other schemas, too. */
type PayloadKind = 'interface' | 'object' | 'any';

function kindOf(schema: JsonSchema, find: FindSchema): PayloadKind {
  if (isPlainObject(schema)) return 'interface';
  return isObject(schema, find) ? 'object' : 'any';
}

function domainText(domain: DomainModel, events: readonly SampledEvent[]): string {
  const imports = new Imports(events.map(({ event }) => samplerName(event)));
  const statements = events.map(({ event, schema, sample, kind, isInherited }): Statement => {
    const module = schema?.domain === undefined ? sharedModule : domain.fileName;
    const payload = imports.type(event.payload, `../${module}.js`);
    const acceptsOverrides = kind !== 'any';
    const value = acceptsOverrides ? overridable(sample) : jsonExpression(sample, 10);
    const cast = isInherited ? ` as unknown as ${payload}` : kind === 'object' ? ` as ${payload}` : '';
    const note = acceptsOverrides ? '. `overrides` replaces its properties' : '';
    return {
      kind: 'function',
      name: samplerName(event),
      doc: docComment({ text: [`Valid data of \`${event.type}\` for tests${note}.`], deprecated: event.deprecated }),
      parameters: acceptsOverrides ? [{ name: 'overrides', type: `Partial<${payload}>`, optional: true }] : [],
      returns: payload,
      body: `return ${value}${cast};`,
    };
  });
  return printSourceFile({ source: domain.source.file, imports, statements });
}

/**
 * Whether an object in the data may have a property that every object inherits, such as `constructor`. For the compiler, an object
 * literal without the property has the inherited one, which is of another type.
 */
function hasInheritedName(schema: JsonSchema, find: FindSchema, seen = new Set<string>()): boolean {
  if (isSchemaObject(schema) && typeof schema.$ref === 'string' && !seen.has(schema.$ref)) {
    seen.add(schema.$ref);
    if (hasInheritedName(find(referredName(schema.$ref)) ?? true, find, seen)) return true;
  }
  return subschemas(schema).some(
    ({ keys: [keyword, name = ''], schema: inner }) =>
      (keyword === 'properties' && Object.hasOwn(Object.prototype, name)) || hasInheritedName(inner, find, seen),
  );
}

/** Whether every value of a schema is an object, so that a caller can override properties of its sample. */
function isObject(schema: JsonSchema, find: FindSchema): boolean {
  const types = typesOf(schema, find);
  return types?.length === 1 && types[0] === 'object';
}

function overridable(value: JsonValue | undefined): string {
  const members = Object.entries((value ?? {}) as object).map(([name, inner]: [string, JsonValue]) => {
    const text = jsonExpression({ [name]: inner }, 4);
    // Removes the braces of jsonExpression, which are on one line or on separate lines.
    return text.startsWith('{ ') ? `${indent(text.slice(2, -2))},` : text.slice(2, -2);
  });
  return `{\n${[...members, '  ...overrides,'].join('\n')}\n}`;
}

/** `sampleApprovalApproved`. */
function samplerName({ key }: EventModelEntry): string {
  return `sample${key.charAt(0).toUpperCase()}${key.slice(1)}`;
}
