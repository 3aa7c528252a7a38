import type { DocumentStore, NodeRef } from '../source/document-store.js';
import type { Problem } from '../support/errors.js';
import { collectingProblems, type StepResult } from '../support/problems.js';
import { type CollectContext, SchemaCollector } from './collect-schemas.js';
import type { NamedEvent } from './name-events.js';
import type { SchemaFinding } from './schema-finding.js';
import { candidateNames } from './schema-names.js';

/** An event and the places of the schemas that it uses, which have no names yet. */
export interface EventWithSchemas {
  readonly event: NamedEvent;
  readonly payload: string;
  readonly headers: string | undefined;
}

export interface CollectedSchemas {
  readonly collector: SchemaCollector;
  /** The events whose schemas could be read, in the order of `named`. */
  readonly events: readonly EventWithSchemas[];
  readonly findings: readonly SchemaFinding[];
}

/** Collects the schemas of every event. */
export function collectSchemas(named: readonly NamedEvent[], context: CollectContext): StepResult<CollectedSchemas> {
  const collector = new SchemaCollector(context);
  const results = named.map((event) =>
    collectingProblems((attempt) => attempt(() => collectEventSchemas(context.store, event, collector))),
  );
  const events = results.flatMap(({ value }) => value?.value ?? []);
  const problems = results.flatMap((result) => [...result.problems, ...(result.value?.problems ?? [])]);
  return {
    value: { collector, events, findings: collector.findings },
    problems: [...problems, ...collector.problems],
  };
}

/**
 * Collects the schemas of a message's payload and headers. The value is undefined if the payload cannot be read.
 * @throws GeneratorError if a reference of a schema cannot be resolved.
 */
function collectEventSchemas(
  store: DocumentStore,
  event: NamedEvent,
  collector: SchemaCollector,
): StepResult<EventWithSchemas | undefined> {
  const { found, key } = event;
  if (found.payload.kind === 'broken') return { value: undefined, problems: [] };
  const names = [`${key}Payload`];
  if (found.payload.kind === 'schema') {
    const payload = collector.collect(found.payload.at, names);
    return { value: { event, payload, headers: headersOf(event, collector) }, problems: [] };
  }
  const { problem, description } = unknownPayload(store, event);
  const payload = collector.compose(found.at, names, { description });
  return { value: { event, payload, headers: headersOf(event, collector) }, problems: [problem] };
}

/** The warning for a payload of unknown type, and the description for its generated type. */
function unknownPayload(
  store: DocumentStore,
  { found, key }: NamedEvent,
): { readonly problem: Problem; readonly description: string } {
  const warning = (code: 'PAYLOAD_MISSING' | 'PAYLOAD_UNSUPPORTED', at: NodeRef, message: string, hint: string) =>
    store.problem(code, at, message, hint, 'warning');
  if (found.payload.kind !== 'unsupported') {
    const hint = 'give it a `payload` with a JSON Schema';
    const problem = warning('PAYLOAD_MISSING', found.at, `${key} has no payload`, hint);
    return { problem, description: 'The catalog does not describe it.' };
  }
  const { format, at } = found.payload;
  const message = `payloads of ${format} are not supported; the type of ${key} is unknown`;
  const problem = warning('PAYLOAD_UNSUPPORTED', at, message, 'describe the payload with a JSON Schema');
  return { problem, description: `${message.charAt(0).toUpperCase()}${message.slice(1)}.` };
}

/** The place of one schema for the headers of a message and of its traits. */
function headersOf({ found, key }: NamedEvent, collector: SchemaCollector): string | undefined {
  const all = found.headers.map(({ at, from, isShared }) => {
    const names = isShared ? candidateNames(at, []) : [];
    return { at, names: [...names, `${key}${from === 'message' ? 'Own' : 'Trait'}Headers`] };
  });
  const [first] = all;
  if (first === undefined) return undefined;
  if (all.length > 1) return collector.compose(found.at, [`${key}Headers`], {}, all);
  return collector.collect(first.at, first.names.length > 1 ? first.names : [`${key}Headers`]);
}
