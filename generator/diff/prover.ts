import type { JsonSchema } from '../model/event-model.js';
import type { Conjunction, Definitions, Shape } from '../model/shape.js';
import type { Acceptance } from './accepts.js';

/** Why it is not certain that one schema accepts every value that another accepts. */
export interface Gap {
  /** Place in the data: `$.lines[*].price`. */
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

/** The proof, as used by the checks of a single type. */
export interface Prover {
  readonly definitions: Definitions;
  readonly acceptance: Acceptance;
  /** Whether a property that only the outer schema describes is assumed to be absent. */
  readonly ignoresAdded: boolean;
  /** Proves inclusion for all values that satisfy every schema of `inner`. Each call must be for another part of the data. */
  ofSchemas(inner: Conjunction, outer: JsonSchema, path: string): Gap | undefined;
  /** Proves inclusion for the values of a shape that also satisfy further schemas. */
  ofNarrowed(shape: Shape, further: Conjunction, outer: JsonSchema, at: Within): Gap | undefined;
  /** True if `inner` is certainly included in `outer`. Used within a proof; no property is assumed to be absent. */
  includes(outer: JsonSchema, inner: JsonSchema): boolean;
  /** Records a property that is assumed to be absent. */
  add(gap: Gap): void;
}

/** The first gap that `find` returns. */
export function firstOf<T>(items: readonly T[], find: (item: T) => Gap | undefined): Gap | undefined {
  for (const item of items) {
    const gap = find(item);
    if (gap !== undefined) return gap;
  }
  return undefined;
}
