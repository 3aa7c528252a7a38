import type { EventModel, EventModelEntry, JsonSchema } from '@hyvve-events/catalog-model';
import type { ModelWarning } from '../models-options.js';
import { prepareTypes } from './prepare-types.js';
import type { NamedType } from './prepared-types.js';
import { refsIn, typesIn } from './types-in.js';

/** The types of a catalog and of the envelope. */
export interface PreparedModels {
  readonly types: readonly NamedType[];
  /** The envelope, followed by the types in it. */
  readonly envelope: readonly NamedType[];
  readonly envelopeName: string;
  /** The type of an event's payload, followed by the types in it that no other event uses. */
  readonly typesFor: (event: EventModelEntry) => readonly NamedType[];
  readonly warnings: readonly ModelWarning[];
}

/** @param envelope JSON Schema of the envelope */
export function prepareModels(model: EventModel, envelope: JsonSchema): PreparedModels {
  const { types, warnings } = prepareTypes(model);
  const isTaken = types.some(({ name }) => /^Envelope(Replay)?$/.test(name));
  const envelopeName = isTaken ? 'EventEnvelope' : 'Envelope';
  const source = { file: '', pointer: '' };
  const ofEnvelope = prepareTypes({ schemas: [{ name: envelopeName, uses: [], schema: envelope, source }] });
  const byName = new Map(types.map((type) => [type.name, type]));
  const usedBy = new Map<string, Set<string>>();
  for (const { payload } of model.events) {
    for (const name of reached(payload, byName)) usedBy.set(name, (usedBy.get(name) ?? new Set()).add(payload));
  }
  const typesFor = ({ payload }: EventModelEntry) => {
    const names = [...reached(payload, byName)].filter((name) => name === payload || usedBy.get(name)?.size === 1);
    return names.flatMap((name) => byName.get(name) ?? []);
  };
  return { types, envelope: ofEnvelope.types, envelopeName, typesFor, warnings };
}

/** The names of a type and of all types in it, outer ones first. */
function reached(name: string, byName: ReadonlyMap<string, NamedType>, seen = new Set<string>()): Set<string> {
  const type = byName.get(name);
  if (type === undefined || seen.has(name)) return seen;
  seen.add(name);
  for (const inner of typesIn(type).flatMap(refsIn)) reached(inner, byName, seen);
  return seen;
}
