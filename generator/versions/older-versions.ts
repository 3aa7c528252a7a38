import { createHash } from 'node:crypto';
import type { BuiltModel } from '../build/build-model.js';
import type { Release } from '../diff/history.js';
import type { EventModel, EventModelEntry, OlderVersionModel, SchemaModel } from '../model/event-model.js';
import { upcasterText } from '../model/upcaster-file.js';
import type { Cache } from '../support/cache.js';
import type { Problem } from '../support/errors.js';
import { compare } from '../support/values.js';
import { SchemaAdopter } from './adopt-schemas.js';
import { type FormerVersion, FormerVersions, type VersionedPayload } from './former-versions.js';
import { type StepPlan, stepPlanOf, type UpcasterTexts } from './step-plan.js';
import { VersionProblems } from './version-problems.js';

/** What {@link olderVersions} needs of a catalog that was read. */
export type CatalogWithVersions = Pick<BuiltModel, 'model' | 'versions' | 'unnamedUpcasts' | 'placeOf'>;

/** A model with the older versions of its events. */
export interface ModelWithVersions {
  /** Without older versions: the same model object. */
  readonly model: EventModel;
  /** Each conversion from one major version to the next, with the reasons why it could not be derived. */
  readonly steps: readonly StepPlan[];
  readonly problems: readonly Problem[];
  /** Hash of the written conversions in the SDK; undefined if there are none. */
  readonly conversions: string | undefined;
}

/**
 * Adds to a model the older major versions whose events may still be stored, with their schemas and conversions. They are the
 * last release of each older major in the history, and the versions that `x-versions` describes.
 * @param upcasters The written conversions of each domain. Their text is part of the model's hash.
 */
export function olderVersions(
  { model, versions, unnamedUpcasts, placeOf }: CatalogWithVersions,
  history: readonly Release[],
  upcasters: UpcasterTexts,
  cache: Cache,
): ModelWithVersions {
  const former = new FormerVersions(history);
  const events = model.events.filter(({ reply }) => !reply);
  const found = events.map((event) => ({ event, all: former.of(event, versions.get(event.type) ?? []) }));
  const adopter = new SchemaAdopter(model);
  const adopted = adoptAll(found, adopter);
  const definitions = new Map(model.schemas.map(({ name, schema }) => [name, schema]));
  const steps: StepPlan[] = [];
  const problems = new VersionProblems({ model, placeOf });
  const older = new Map<string, readonly OlderVersionModel[]>();
  for (const { event, all } of found) {
    problems.checkWords(event, { former: all, described: versions.get(event.type) ?? [], history: former });
    const present: VersionedPayload = { name: event.payload, definitions };
    const alive = all.filter(({ isRetired }) => !isRetired);
    const plans = alive.map((version, index) => {
      const next = alive[index + 1];
      return stepPlanOf({ event, version, next, present, upcasters, namesMajor: !unnamedUpcasts.has(event.type) });
    });
    steps.push(...plans);
    problems.checkSteps(event, plans, present);
    if (plans.length > 0)
      older.set(
        event.type,
        plans.map((plan) => entryOf(plan, adopted)),
      );
  }
  if (older.size === 0) return { model, steps, problems: problems.found, conversions: undefined };
  const texts = writtenTexts(steps, upcasters);
  return {
    model: withOlder(model, older, { adopter, texts, cache }),
    steps,
    problems: problems.found,
    conversions: texts.length === 0 ? undefined : hashOf(texts),
  };
}

/** The written conversions of each domain that needs some, as they count. */
function writtenTexts(
  steps: readonly StepPlan[],
  upcasters: UpcasterTexts,
): (readonly [domain: string, text: string])[] {
  const domains = new Set(steps.filter(({ kind }) => kind === 'code').map(({ event }) => event.domain));
  const used = [...upcasters].filter(([domain]) => domains.has(domain)).sort(([a], [b]) => compare(a, b));
  return used.map(([domain, text]) => [domain, upcasterText(text)]);
}

function hashOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
}

type Names = ReadonlyMap<FormerVersion, string>;

/** Adopts the versions in the order of their releases, including retired ones, so that names do not change when one retires. */
function adoptAll(
  found: readonly { readonly event: EventModelEntry; readonly all: readonly FormerVersion[] }[],
  adopter: SchemaAdopter,
): Names {
  const pairs = found.flatMap(({ event, all }) => all.map((version) => ({ event, version })));
  const inOrder = pairs.sort(
    (a, b) =>
      Math.sign(a.version.release - b.version.release) ||
      compare(a.event.type, b.event.type) ||
      a.version.major - b.version.major,
  );
  return new Map(inOrder.map(({ event, version }) => [version, adopter.adopt(event, version)]));
}

function entryOf({ version, next, event, name, kind, derived }: StepPlan, names: Names): OlderVersionModel {
  const { major, sunset } = version;
  return {
    major,
    version: version.version,
    payload: names.get(version) ?? '',
    next: next === undefined ? event.payload : (names.get(next) ?? ''),
    step: name,
    upcast: kind,
    ...(derived === undefined ? {} : { derived }),
    ...(sunset === undefined ? {} : { sunset }),
  };
}

function withOlder(
  model: EventModel,
  older: ReadonlyMap<string, readonly OlderVersionModel[]>,
  { adopter, texts, cache }: { adopter: SchemaAdopter; texts: ReturnType<typeof writtenTexts>; cache: Cache },
): EventModel {
  const events = model.events.map((event) => {
    const own = older.get(event.type);
    if (own === undefined) return event;
    return cache.derive('add-older', event, [JSON.stringify(own)], (): EventModelEntry => ({ ...event, older: own }));
  });
  const payloads = events.flatMap(({ domain, older: own = [] }) =>
    own.map(({ payload }) => ({ name: payload, domain })),
  );
  const added = adopter.schemasOf(payloads).map((schema) => {
    const text = JSON.stringify(schema);
    return cache.derive('adopt-schema', schema.name, [text], (): SchemaModel => schema);
  });
  const { hash: ownHash } = model.catalog;
  const hash = hashOf([ownHash, [...older], added.sort(byName).map(({ source: _, ...each }) => each), texts]);
  return {
    ...model,
    catalog: { ...model.catalog, hash, ownHash },
    events,
    schemas: [...model.schemas, ...added].sort(byName),
  };
}

function byName(a: SchemaModel, b: SchemaModel): number {
  return compare(a.name, b.name);
}
