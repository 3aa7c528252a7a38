import { createHash } from 'node:crypto';
import type { FoundDocument } from '../document/found-document.js';
import { readDocument } from '../document/read-document.js';
import type {
  EnvelopeModel,
  EventModel,
  EventModelEntry,
  SchemaModel,
  ServiceModel,
  SourcePlace,
} from '../model/event-model.js';
import { type DocumentStore, type NodeRef, pointerOf, type SourceLocation } from '../source/document-store.js';
import { Kept } from '../support/cache.js';
import { GeneratorError, type Problem } from '../support/errors.js';
import { NameAllocator, reservedNames } from '../support/names.js';
import { collectingProblems } from '../support/problems.js';
import { compare, groupBy, optional } from '../support/values.js';
import { schemaErrors } from '../validators/ajv.js';
import { domainsOf, withDomains } from './build-domains.js';
import { buildEvent, rolesByPlace } from './build-event.js';
import { collectEventSchemas, type EventWithSchemas } from './collect-event-schemas.js';
import { type CollectMemo, SchemaCollector } from './collect-schemas.js';
import { cutCircularReferences } from './cut-circular-references.js';
import { domainNames, handlersNames } from './domain-names.js';
import { findInexactTypes } from './find-inexact-types.js';
import { type HeaderExample, headerExamples } from './header-examples.js';
import { eventNames, type NamedEvent, nameEvents } from './name-events.js';
import { type ModelParts, reuseUnchanged, textOf } from './reuse-unchanged.js';
import type { FindingCode } from './schema-finding.js';

export interface BuildOptions {
  /** Fields of the envelope that a publish must give. Default: `tenantId` required, `userId` optional. */
  readonly envelope?:
    | { readonly tenantId: 'required' | 'optional'; readonly userId: 'required' | 'optional' }
    | undefined;
  /** Put before the type of every event that its document gives no type (no `name`). */
  readonly prefix?: string | undefined;
  /** Names to use in place of those that would be made. */
  readonly names?:
    | {
        /** Words that types begin with and that domains and TypeScript names leave out. The types on the wire keep them. */
        readonly typePrefix?: string | undefined;
        /** Key of an event, by its type. */
        readonly events?: Readonly<Record<string, string>> | undefined;
        /** Name of a schema, by the name that it would have. */
        readonly schemas?: Readonly<Record<string, string>> | undefined;
      }
    | undefined;
}

/** What building a model leaves for building the next one. */
export interface BuildMemo {
  readonly schemas: CollectMemo;
  readonly events: Kept<EventModelEntry>;
  /** The last one. */
  model: EventModel | undefined;
}

/** A memo that knows nothing yet. */
export function createBuildMemo(): BuildMemo {
  return { schemas: new Map(), events: new Kept(), model: undefined };
}

/** A model, and where in the catalog its parts stand. */
export interface BuiltModel {
  readonly model: EventModel;
  /**
   * Where a value within an example stands.
   * @param type The event's type.
   * @param index The example's index in the model.
   * @param pointer JSON pointer of the value, from the example's data.
   */
  readonly placeInExample: (type: string, index: number, pointer: string) => SourceLocation;
  /**
   * Where a value of the catalog stands.
   * @param source What it is within: an event's, a schema's, a domain's.
   * @param pointer JSON pointer of the value from there; where nothing is there, the nearest value around it is meant.
   */
  readonly placeOf: (source: SourcePlace, pointer?: string) => SourceLocation;
  /** What the examples of messages have as headers. */
  readonly headerExamples: () => readonly HeaderExample[];
  /** What was found out of order while building and keeps nothing from being generated. */
  readonly warnings: readonly Problem[];
  /** What breaks a rule and can be seen in the catalog as it is written alone. */
  readonly findings: readonly SchemaFinding[];
}

/** What was found in a schema. */
export interface SchemaFinding {
  readonly code: FindingCode;
  readonly place: () => SourceLocation;
  readonly message: string;
  readonly hint: string;
  /** What `except` may name: the keyword. */
  readonly about: readonly string[];
}

/**
 * The model of an AsyncAPI document, 2.0 to 2.6, 3.0 or 3.1.
 * @param memo Of earlier runs: parts that did not change are those of the last model.
 * @throws GeneratorError with every problem found.
 */
export function buildModel(
  store: DocumentStore,
  rootPath: string,
  options: BuildOptions = {},
  memo: BuildMemo = createBuildMemo(),
): BuiltModel {
  const problems: Problem[] = [];
  const findings: SchemaFinding[] = [];
  const { value: document, problems: broken } = readDocument(store, rootPath);
  problems.push(...broken);
  const named = nameEvents(
    store,
    document.messages,
    { prefix: options.prefix, keys: options.names?.events, typePrefix: options.names?.typePrefix },
    problems,
  );
  const collector = new SchemaCollector({
    store,
    root: document.root.path,
    memo: memo.schemas,
    warn: (at, message, hint, code) => {
      if (code === undefined) problems.push(store.problem('SCHEMA_INVALID', at, message, hint, 'warning'));
      else findings.push({ code, place: () => store.place(at), message, hint, about: [at.keys.at(-1) ?? ''] });
    },
    visit: (at) => {
      for (const { keys, message } of schemaErrors(at.value)) {
        const place = { ...at, keys: [...at.keys, ...keys] };
        problems.push(store.problem('SCHEMA_INVALID', place, message, 'mend the schema'));
      }
    },
  });
  const open: EventWithSchemas[] = [];
  for (const event of named) {
    const { value: found, problems: own } = collectingProblems((attempt) =>
      attempt(() => collectEventSchemas(store, event, collector)),
    );
    problems.push(...own, ...(found?.problems ?? []));
    if (found?.value !== undefined) open.push(found.value);
  }
  if (problems.some(({ severity }) => severity === 'error')) throw new GeneratorError(problems);

  if (named.length === 0) {
    const what =
      'the document has no messages, so that no event, type or validator is generated: schemas alone are not';
    const hint = 'refer to the schemas from the payloads of messages, in `channels` or in `components.messages`';
    problems.push(store.problem('EVENTS_MISSING', document.root, what, hint, 'warning'));
  }
  const domains = domainNames(named.map(({ domain }) => domain));
  const keys = named.flatMap(({ key }) => [key, ...eventNames(key)]);
  const free = new NameAllocator([...reservedNames, ...handlersNames(domains), ...keys]);
  const roots = groupBy(open, ({ event }) => domains.get(event.domain)?.typeName ?? '');
  const places = [...roots].map(
    ([name, all]) =>
      [name, all.flatMap(({ payload, headers }) => (headers === undefined ? [payload] : [payload, headers]))] as const,
  );
  collector.nameAll(free, options.names?.schemas ?? {}, new Map(places));
  const { schemas: plain, circular } = cutCircularReferences(collector.schemas(), (name) => free.take(name));

  const find = (name: string) => byName.get(name)?.schema;
  const byName = new Map(plain.map((schema) => [schema.name, schema]));
  const context = {
    ...{ store, collector, find, kept: memo.events },
    ...{ constants: new NameAllocator(), roles: rolesByPlace(document.roles) },
  };
  const entries = open.sort((a, b) => compare(a.event.type, b.event.type)).map((each) => buildEvent(each, context));
  const parts = reuseUnchanged(
    {
      domains: domainsOf(store, document.root, domains, open),
      events: entries,
      schemas: withDomains(plain, entries),
      services: servicesOf(document, entries),
    },
    memo.model,
  );
  for (const name of circular) problems.push(circularProblem(store, byName.get(name)));
  for (const { schema, keys: inner, message, hint } of findInexactTypes(parts.schemas)) {
    const place = store.placeOf(schema.source.file, schema.source.pointer + pointerOf(inner));
    problems.push({ code: 'TYPE_WIDENED', severity: 'warning', ...place, message: `${schema.name}: ${message}`, hint });
  }

  const envelope = envelopeOf(options.envelope);
  const model: EventModel = {
    modelVersion: 1,
    catalog: {
      ...{ title: document.info.title, version: document.info.version },
      ...optional('description', document.info.description),
      asyncapi: document.version,
      ...(envelope === undefined ? {} : { envelope }),
      hash: hashOf(parts, envelope),
    },
    ...parts,
  };
  memo.model = model;
  return {
    model,
    placeInExample: examplePlaces(store, named, document.root),
    placeOf: (source, pointer = '') => store.placeOf(source.file, source.pointer + pointer),
    headerExamples: () => headerExamples(store, named, parts.events),
    warnings: problems,
    findings,
  };
}

function examplePlaces(
  store: DocumentStore,
  named: readonly NamedEvent[],
  root: NodeRef,
): BuiltModel['placeInExample'] {
  const messages = new Map(named.map(({ type, found }) => [type, found]));
  return (type, index, pointer) => {
    const found = messages.get(type);
    const payloads = found?.examples.flatMap(({ payload }) => payload ?? []) ?? [];
    const payload = payloads[index];
    return payload === undefined ? store.place(found?.at ?? root) : store.place(payload, pointer);
  };
}

function servicesOf({ services }: FoundDocument, events: readonly EventModelEntry[]): ServiceModel[] {
  const typesBy = (side: 'senders' | 'receivers') =>
    groupBy(
      events.flatMap((event) => event[side].map((name) => ({ name, type: event.type }))),
      ({ name }) => name,
    );
  const sends = typesBy('senders');
  const receives = typesBy('receivers');
  return [...new Set([...sends.keys(), ...receives.keys()])].sort(compare).map((name) => ({
    name,
    ...optional('title', services.get(name)?.title),
    ...optional('description', services.get(name)?.description),
    sends: (sends.get(name) ?? []).map(({ type }) => type),
    receives: (receives.get(name) ?? []).map(({ type }) => type),
  }));
}

function circularProblem(store: DocumentStore, schema: SchemaModel | undefined): Problem {
  const { file, pointer } = schema?.source ?? { file: '', pointer: '' };
  const message = `${schema?.name} refers to itself as a whole; that reference is left out`;
  const hint = 'refer to it from a property or an item';
  return { code: 'SCHEMA_CIRCULAR', severity: 'warning', ...store.placeOf(file, pointer), message, hint };
}

function hashOf(parts: ModelParts, envelope: EnvelopeModel | undefined): string {
  const lists = (['domains', 'events', 'schemas', 'services'] as const).map((name) => {
    return `"${name}":[${parts[name].map(textOf).join()}]`;
  });
  const said = [...lists, ...(envelope === undefined ? [] : [`"envelope":${JSON.stringify(envelope)}`])];
  return createHash('sha256').update(`{${said.join()}}`).digest('hex').slice(0, 16);
}

function envelopeOf(needs: BuildOptions['envelope']): EnvelopeModel | undefined {
  const envelope: EnvelopeModel = {
    ...(needs?.tenantId === 'optional' ? { tenantId: 'optional' } : {}),
    ...(needs?.userId === 'required' ? { userId: 'required' } : {}),
  };
  return Object.keys(envelope).length === 0 ? undefined : envelope;
}
