import type { FoundVersion } from '../document/found-document.js';
import type { JsonSchema, SourcePlace } from '../model/event-model.js';
import { NameAllocator, reservedNames } from '../support/names.js';
import { collectingProblems, type StepResult } from '../support/problems.js';
import { type CollectContext, SchemaCollector } from './collect-schemas.js';
import { cutCircularReferences } from './cut-circular-references.js';
import type { NamedEvent } from './name-events.js';

/** An older major version of an event, as `x-versions` describes it. */
export interface DescribedVersion {
  readonly major: number;
  /** ISO date from which no publisher should use it. */
  readonly sunset: string | undefined;
  /** ISO date. */
  readonly retired: string | undefined;
  /** Its schema. Absent if only the history has it. */
  readonly payload: { readonly name: string; readonly definitions: ReadonlyMap<string, JsonSchema> } | undefined;
  readonly source: SourcePlace;
}

interface Collected {
  readonly type: string;
  readonly found: FoundVersion;
  /** Place of its schema. */
  readonly payload: string | undefined;
}

/**
 * Reads the schemas of `x-versions`, by the type of the event. They have their own names, so that an older version never
 * renames a schema of the catalog.
 */
export function collectVersions(
  named: readonly NamedEvent[],
  context: CollectContext,
): StepResult<ReadonlyMap<string, readonly DescribedVersion[]>> {
  const collector = new SchemaCollector(context);
  const { value: collected, problems } = collectingProblems((attempt) =>
    named.flatMap(({ type, key, found: { versions } }) =>
      versions.map((found): Collected => {
        const { payload: at } = found;
        return { type, found, payload: at && attempt(() => collector.collect(at, [`${key}Payload`])) };
      }),
    ),
  );
  if (collected.length === 0) return { value: new Map(), problems };
  const free = new NameAllocator(reservedNames);
  collector.nameAll(free, {}, new Map());
  const { schemas } = cutCircularReferences(collector.schemas(), (name) => free.take(name));
  const definitions = new Map(schemas.map(({ name, schema }) => [name, schema]));
  const byType = new Map<string, DescribedVersion[]>();
  for (const { type, found, payload } of collected) {
    const { major, sunset, retired, at } = found;
    const schema = payload === undefined ? undefined : { name: collector.nameOf(payload), definitions };
    const described = { major, sunset, retired, payload: schema, source: context.store.sourceOf(at) };
    byType.set(type, [...(byType.get(type) ?? []), described]);
  }
  return { value: byType, problems: [...problems, ...collector.problems] };
}
