import type { PatternNode } from './parse-pattern.js';

/** A state of the automaton: its transitions without a character, and the one that consumes a character. */
export interface State {
  readonly next: number[];
  /** Bits of the characters of the alphabet that it consumes; undefined if it consumes none. */
  readonly mask?: bigint;
  /** Whether it is an assertion, which depends on the surrounding text. */
  readonly isAnchor?: boolean;
  /** The loop of which an iteration begins here. */
  readonly begins?: number;
  /** The loop of which an iteration ends here. An iteration that consumes nothing does not count. */
  readonly ends?: number;
}

/** Repetitions are expanded up to these numbers: the first for parts without a loop, the second for others. */
export const mostCopies = { plain: 12, looping: 4 };
const mostStates = 1_500;

export class Automaton {
  readonly states: State[] = [];
  readonly end: number;
  readonly start: number;
  readonly #alphabet: readonly string[];
  readonly #masks = new Map<string, bigint>();

  constructor(node: PatternNode, alphabet: readonly string[]) {
    this.#alphabet = alphabet;
    this.end = this.#add({ next: [] });
    this.start = this.#build(node, this.end);
  }

  #add(state: State): number {
    this.states.push(state);
    return this.states.length - 1;
  }

  /** The first state of a node that continues with another state. */
  #build(node: PatternNode, to: number): number {
    switch (node.kind) {
      case 'character':
        return this.#add({ next: [to], mask: this.#maskOf(node.source, node.matches) });
      case 'anchor':
        return this.#add({ next: [to], isAnchor: true });
      case 'look':
        return this.#add({ next: [to], isAnchor: true });
      case 'reference':
        return to;
      case 'sequence':
        return node.parts.reduceRight((next, part) => this.#build(part, next), to);
      case 'choice':
        return this.#add({ next: node.options.map((option) => this.#build(option, to)) });
      case 'repeat':
        return this.#repeat(node, to);
    }
  }

  #repeat({ body, least, most }: PatternNode & { readonly kind: 'repeat' }, to: number): number {
    const copies = hasLoop(body) ? mostCopies.looping : mostCopies.plain;
    let at = to;
    if (most > copies || this.states.length > mostStates) {
      // The state before the loop and the state after an iteration are separate: there may be several paths between them.
      const after: number[] = [];
      const end = this.#add({ next: after, ends: this.states.length });
      const start = this.#add({ next: [this.#build(body, end)], begins: end });
      after.push(start, to);
      // The required iterations: the end cannot be reached from them, and each one that may be empty is another path.
      const isFirstOfLoop = least > 0 && !canBeEmpty(body);
      at = isFirstOfLoop ? start : this.#add({ next: [start, to] });
      const turns = Math.min(isFirstOfLoop ? least - 1 : least, copies);
      for (let turn = 0; turn < turns && this.states.length < mostStates; turn += 1) at = this.#build(body, at);
      return at;
    }
    for (let copy = most; copy > 0; copy -= 1) {
      const inner = this.#build(body, at);
      at = copy > least ? this.#add({ next: [inner, to] }) : inner;
    }
    return at;
  }

  #maskOf(source: string, matches: (character: string) => boolean): bigint {
    let mask = this.#masks.get(source);
    if (mask === undefined) {
      mask = this.#alphabet.reduce(
        (bits, character, index) => (matches(character) ? bits | (1n << BigInt(index)) : bits),
        0n,
      );
      this.#masks.set(source, mask);
    }
    return mask;
  }
}

/** Whether a node matches the empty text. */
export function canBeEmpty(node: PatternNode): boolean {
  switch (node.kind) {
    case 'character':
      return false;
    case 'sequence':
      return node.parts.every(canBeEmpty);
    case 'choice':
      return node.options.some(canBeEmpty);
    case 'repeat':
      return node.least === 0 || canBeEmpty(node.body);
    default:
      return true;
  }
}

/** Whether a node has a repetition that is large enough to count as a loop. */
export function hasLoop(node: PatternNode): boolean {
  switch (node.kind) {
    case 'sequence':
      return node.parts.some(hasLoop);
    case 'choice':
      return node.options.some(hasLoop);
    case 'repeat':
      return node.most > mostCopies.plain || hasLoop(node.body);
    default:
      return false;
  }
}

/** The successors of a character, each with whether several paths lead to it, and whether the match can always end. */
export interface Step {
  readonly next: ReadonlyMap<number, boolean>;
  readonly canEnd: boolean;
}

/** The successors of each state that consumes a character. */
export function stepsOf({ states, end }: Automaton): ReadonlyMap<number, Step> {
  const steps = new Map<number, Step>();
  for (const [index, { mask, next }] of states.entries()) {
    if (mask !== undefined) steps.set(index, stepFrom(next[0] ?? end, states, end));
  }
  return steps;
}

/**
 * The states that consume a character and after which the match cannot end, with their successors of the same kind. After
 * other states the match can end, so it does not fail there.
 */
export function unfinishedStates(steps: ReadonlyMap<number, Step>): {
  readonly states: readonly number[];
  readonly nextOf: (state: number) => readonly number[];
} {
  const isUnfinished = (state: number) => steps.get(state)?.canEnd === false;
  return {
    states: [...steps.keys()].filter(isUnfinished),
    nextOf: (state) => [...(steps.get(state)?.next.keys() ?? [])].filter(isUnfinished),
  };
}

/** The next states after a state that consume a character. */
export function stepFrom(from: number, states: readonly State[], end: number): Step {
  const ways = new Map<number, boolean>();
  let canEnd = false;
  const begun = new Set<number>();
  let work = 0;
  const visit = (index: number, isAnchored: boolean): void => {
    const state = states[index];
    work += 1;
    if (state === undefined || work > 2_000) return;
    if (state.ends !== undefined && begun.has(state.ends)) return;
    if (index === end && !isAnchored) canEnd = true;
    if (state.mask !== undefined) {
      ways.set(index, ways.has(index));
      return;
    }
    const { begins } = state;
    if (begins !== undefined) begun.add(begins);
    for (const next of state.next) visit(next, isAnchored || state.isAnchor === true);
    if (begins !== undefined) begun.delete(begins);
  };
  visit(from, false);
  return { next: ways, canEnd };
}

/** The strongly connected components of the graph that contain a cycle (Tarjan, without recursion). */
export function groupsOf(from: readonly number[], next: (node: number) => readonly number[]): number[][] {
  const found: number[][] = [];
  const indexes = new Map<number, number>();
  const lowest = new Map<number, number>();
  const stack: number[] = [];
  const open = new Set<number>();
  for (const root of from) {
    if (indexes.has(root)) continue;
    const work: { readonly node: number; readonly next: readonly number[]; at: number }[] = [];
    const enter = (node: number) => {
      indexes.set(node, indexes.size);
      lowest.set(node, indexes.size - 1);
      stack.push(node);
      open.add(node);
      work.push({ node, next: next(node), at: 0 });
    };
    enter(root);
    for (let top = work.at(-1); top !== undefined; top = work.at(-1)) {
      const { node } = top;
      const following = top.next[top.at];
      if (following === undefined) {
        work.pop();
        const below = work.at(-1);
        const low = lowest.get(node) ?? 0;
        if (below !== undefined) lowest.set(below.node, Math.min(lowest.get(below.node) ?? 0, low));
        if (low !== indexes.get(node)) continue;
        const group = stack.splice(stack.lastIndexOf(node));
        for (const each of group) open.delete(each);
        if (group.length > 1 || top.next.includes(node)) found.push(group);
        continue;
      }
      top.at += 1;
      if (!indexes.has(following)) enter(following);
      else if (open.has(following)) lowest.set(node, Math.min(lowest.get(node) ?? 0, indexes.get(following) ?? 0));
    }
  }
  return found;
}
