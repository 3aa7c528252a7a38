import type { JsonSchema } from '../model/event-model.js';
import type { Conjunction, Definitions, Shape } from '../model/shape.js';
import type { Acceptance } from './accepts.js';

/** Why it is not certain that whatever one schema accepts is accepted by another. */
export interface Gap {
  /** Where in the data: `$.lines[*].price`. */
  readonly path: string;
  readonly reason: string;
}

export interface Within {
  readonly path: string;
  /** Properties that the inner schemas mention here. */
  readonly mentioned: ReadonlySet<string>;
  /** Names of the references that led here from the same part of the data. */
  readonly within: readonly string[];
}

/** What the rules of a type ask of the proof that they belong to. */
export interface Prover {
  readonly definitions: Definitions;
  readonly acceptance: Acceptance;
  /** Whether a property that is only described by the outer schema is taken to be absent. */
  readonly ignoresAdded: boolean;
  /** Proves it of every value that satisfies all of `inner`. To be called for another part of the data each time. */
  ofSchemas(inner: Conjunction, outer: JsonSchema, path: string): Gap | undefined;
  /** Proves it of those values of a shape that also satisfy other schemas. */
  ofNarrowed(shape: Shape, further: Conjunction, outer: JsonSchema, at: Within): Gap | undefined;
  /** Whether `inner` is certainly included in `outer`, for a question within a proof: there, no property is taken to be absent. */
  includes(outer: JsonSchema, inner: JsonSchema): boolean;
  /** A property that is taken to be absent. */
  add(gap: Gap): void;
}

/** The first gap among some. */
export function firstOf<T>(items: readonly T[], find: (item: T) => Gap | undefined): Gap | undefined {
  for (const item of items) {
    const gap = find(item);
    if (gap !== undefined) return gap;
  }
  return undefined;
}
