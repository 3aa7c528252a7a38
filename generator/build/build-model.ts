import { readDocument } from '../document/read-document.js';
import type { EventModel, SourcePlace } from '../model/event-model.js';
import type { DocumentStore, NodeRef, SourceLocation } from '../source/document-store.js';
import { Cache } from '../support/cache.js';
import { GeneratorError, type Problem } from '../support/errors.js';
import type { StepResult } from '../support/problems.js';
import { domainsOf, withDomains } from './build-domains.js';
import { buildEvents } from './build-event.js';
import { servicesOf } from './build-services.js';
import { catalogInfo, type EnvelopeOptions } from './catalog-info.js';
import { collectSchemas } from './collect-event-schemas.js';
import { collectVersions, type DescribedVersion } from './collect-versions.js';
import { domainNames } from './domain-names.js';
import { examplePlaces, type HeaderExample, headerExamples, type PlaceInExample } from './examples.js';
import { inexactTypeProblems } from './find-inexact-types.js';
import { type EventNaming, type NamedEvent, nameEvents } from './name-events.js';
import { nameSchemas } from './name-schemas.js';
import { reuseUnchanged } from './reuse-unchanged.js';
import type { SchemaFinding } from './schema-finding.js';

export interface BuildOptions {
  /** Fields of the envelope that every publish must set. Default: `tenantId` required, `userId` optional. */
  readonly envelope?: EnvelopeOptions | undefined;
  /** Prefix for the type of every event whose message has no `name`. */
  readonly prefix?: string | undefined;
  /** Names that replace those that the generator makes. */
  readonly names?:
    | {
        /** Prefix of event types that domains and TypeScript names omit. The event types themselves are unchanged. */
        readonly typePrefix?: string | undefined;
        /** Key of an event, by its type. */
        readonly events?: Readonly<Record<string, string>> | undefined;
        /** Name of a schema, by its generated name. */
        readonly schemas?: Readonly<Record<string, string>> | undefined;
      }
    | undefined;
}

/** A model, and the places of its parts in the catalog. */
export interface BuiltModel {
  readonly model: EventModel;
  readonly placeInExample: PlaceInExample;
  /**
   * File, line and column of a value in the catalog.
   * @param source Place of an event, a schema or a domain.
   * @param pointer JSON pointer from `source` to the value. If no value exists there, the nearest enclosing value is used.
   */
  readonly placeOf: (source: SourcePlace, pointer?: string) => SourceLocation;
  /** The headers of the examples of all messages. */
  readonly headerExamples: () => readonly HeaderExample[];
  /** The entries of `x-versions` of each event that has some, by the event's type. */
  readonly versions: ReadonlyMap<string, readonly DescribedVersion[]>;
  /** Types whose `x-upcast` does not say for which major version it is. */
  readonly unnamedUpcasts: ReadonlySet<string>;
  /** Problems that do not prevent generating. */
  readonly warnings: readonly Problem[];
  /** Violations of rules that can be found only in the source text of the catalog, not in the model. */
  readonly findings: readonly SchemaFinding[];
}

/**
 * Builds the model of an AsyncAPI document, 2.0 to 2.6, 3.0 or 3.1.
 * @param cache Results of earlier runs. Unchanged parts of the model are the same objects as in those runs.
 * @throws GeneratorError with every problem found.
 */
export function buildModel(
  store: DocumentStore,
  rootPath: string,
  options: BuildOptions = {},
  cache: Cache = new Cache(),
): BuiltModel {
  const document = readDocument(store, rootPath);
  const { root, roles } = document.value;
  const named = nameEvents(store, document.value.messages, namingOf(options));
  const collected = collectSchemas(named.value, { store, root: root.path, cache });
  const versions = collectVersions(named.value, { store, root: root.path, cache });
  refuseErrors([document, named, collected, versions]);
  const { collector, events, findings } = collected.value;
  const domains = domainNames(named.value.map(({ domain }) => domain));
  const renamed = options.names?.schemas ?? {};
  const schemas = nameSchemas({ store, collector, named: named.value, events, domains, renamed });
  const entries = buildEvents(events, { store, collector, roles, find: schemas.value.find, cache });
  const built = {
    domains: domainsOf(store, root, domains, events),
    events: entries,
    schemas: withDomains(schemas.value.schemas, entries, cache),
    services: servicesOf(document.value, entries),
  };
  const parts = reuseUnchanged(built, cache);
  const catalog = catalogInfo(document.value, parts, options.envelope, cache);
  const model: EventModel = { modelVersion: 1, catalog, ...parts };
  const steps = [document, named, collected, versions, schemas];
  return {
    model,
    findings,
    versions: versions.value,
    unnamedUpcasts: new Set(
      named.value.filter(({ found }) => found.upcast?.namesMajor === false).map(({ type }) => type),
    ),
    placeInExample: examplePlaces(store, named.value, root),
    placeOf: (source, pointer = '') => store.placeOf(source.file, source.pointer + pointer),
    headerExamples: () => headerExamples(store, named.value, parts.events),
    warnings: [
      ...[...problemsOf(steps), ...noEvents(store, root, named.value)],
      ...inexactTypeProblems(store, parts.schemas, cache),
    ],
  };
}

function namingOf({ prefix, names }: BuildOptions): EventNaming {
  return { prefix, keys: names?.events, typePrefix: names?.typePrefix };
}

function problemsOf(steps: readonly StepResult<unknown>[]): Problem[] {
  return steps.flatMap(({ problems }) => problems);
}

/** @throws GeneratorError with the problems of all steps if one of them is an error. */
function refuseErrors(steps: readonly StepResult<unknown>[]): void {
  const problems = problemsOf(steps);
  if (problems.some(({ severity }) => severity === 'error')) throw new GeneratorError(problems);
}

function noEvents(store: DocumentStore, root: NodeRef, named: readonly NamedEvent[]): Problem[] {
  if (named.length > 0) return [];
  const message =
    'the document has no messages, so no event, type or validator is generated; schemas without a message are ignored';
  const hint = 'refer to the schemas from the payloads of messages, in `channels` or in `components.messages`';
  return [store.problem('EVENTS_MISSING', root, message, hint, 'warning')];
}
