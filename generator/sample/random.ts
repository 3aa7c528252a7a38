/** Pseudorandom numbers: the same seed gives the same numbers on every machine. */
export interface Random {
  /** From 0 to below 1. */
  readonly next: () => number;
  /** An integer between two bounds, both included. */
  readonly integer: (least: number, most: number) => number;
  /** One of the items. @throws RangeError if there are none. */
  readonly pick: <T>(items: readonly T[]) => T;
  /** True with a probability from 0 to 1. */
  readonly chance: (probability: number) => boolean;
}

/** Mulberry32: small, quick and good enough for examples. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const integer = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    integer,
    chance: (probability) => next() < probability,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('nothing to pick from');
      return items[integer(0, items.length - 1)] as (typeof items)[number];
    },
  };
}

/** The hash of a text (FNV-1a), as a seed: the same text gives the same example. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}
