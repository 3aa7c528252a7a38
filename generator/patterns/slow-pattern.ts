import { alphabetOf, type PatternNode, parsePattern } from './parse-pattern.js';

/** Why a pattern must not be run on data. */
export type SlowPattern = 'exponential' | 'large';

/** More repetitions than this, of everything that is repeated together, make an expression that is too large to run. */
const mostRepetitions = 100_000;

const known = new Map<string, SlowPattern | undefined>();

/**
 * Whether there are texts on which matching a pattern takes time that doubles with each character (`exponential`), or it
 * repeats too much to be run at all (`large`).
 *
 * Backtracking is exponential where a loop has two ways through one text and something after the loop can fail (Weideman and
 * others, "Analyzing Matching Time Behavior of Backtracking Regular Expression Matchers", 2016). A repetition of up to a
 * few times is no loop; one of many is taken for one.
 */
export function slownessOf(pattern: string): SlowPattern | undefined {
  if (!known.has(pattern)) known.set(pattern, find(pattern));
  return known.get(pattern);
}

function find(pattern: string): SlowPattern | undefined {
  const isCounted = /\{\d{3,}|\{\d*,\d{3,}/.test(pattern) || /\}[\s\S]*\}/.test(pattern);
  // Without a repeated group there is nothing to find, and most patterns have none.
  const hasLoop = /\)[*+{]/.test(pattern) || (pattern.match(/[*+]|,\}/g) ?? []).length > mostChained;
  if (!isCounted && !hasLoop) return undefined;
  const node = parsePattern(pattern);
  if (node === undefined) return undefined;
  if (sizeOf(node) > mostRepetitions) return 'large';
  if (!hasLoop) return undefined;
  const all = [node, ...looksIn(node)];
  return all.some((each) => countsNothing(each) || isExponential(each, pattern)) ? 'exponential' : undefined;
}

/** Whether something that may be empty is counted, as in `(a?){30}`: each turn may take a character or none. */
function countsNothing(node: PatternNode): boolean {
  switch (node.kind) {
    case 'sequence':
      return node.parts.some(countsNothing);
    case 'choice':
      return node.options.some(countsNothing);
    case 'repeat': {
      const isCounted = Number.isFinite(node.most) && node.most > mostCopies.plain;
      return (isCounted && canBeEmpty(node.body)) || countsNothing(node.body);
    }
    default:
      return false;
  }
}

function canBeEmpty(node: PatternNode): boolean {
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

/** How many characters an expression is when every repetition is written out. */
function sizeOf(node: PatternNode): number {
  switch (node.kind) {
    case 'sequence':
      return node.parts.reduce((sum, part) => sum + sizeOf(part), 0);
    case 'choice':
      return node.options.reduce((sum, option) => sum + sizeOf(option), 0);
    case 'repeat':
      return sizeOf(node.body) * Math.max(node.least, Number.isFinite(node.most) ? node.most : 1, 1);
    case 'look':
      return sizeOf(node.body);
    default:
      return 1;
  }
}

function looksIn(node: PatternNode): PatternNode[] {
  switch (node.kind) {
    case 'sequence':
      return node.parts.flatMap(looksIn);
    case 'choice':
      return node.options.flatMap(looksIn);
    case 'repeat':
      return looksIn(node.body);
    case 'look':
      return [node.body, ...looksIn(node.body)];
    default:
      return [];
  }
}

/** A state of the automaton: what may come next without a character, and the character that leads to the next state. */
interface State {
  readonly next: number[];
  /** Bits of the alphabet's characters that lead on; undefined where none is consumed. */
  readonly mask?: bigint;
  /** Whether what is around the text decides if it may be passed. */
  readonly isAnchor?: boolean;
}

/** Repetitions of what has no loop of its own are written out up to this often, others up to the other. */
const mostCopies = { plain: 12, looping: 4 };
const mostStates = 1_500;
const mostSteps = 3_000_000;

class Automaton {
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

  /** The state from which a node leads to another state. */
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
      // What is before the loop and what is after a turn of it are two states: there may be several ways between them.
      const after: number[] = [];
      const start = this.#build(body, this.#add({ next: after }));
      after.push(start, to);
      return least > 0 ? start : this.#add({ next: [start, to] });
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

function hasLoop(node: PatternNode): boolean {
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

/** What follows a character: the next ones, each with whether several ways lead there; whether the end does for certain. */
interface Step {
  readonly next: ReadonlyMap<number, boolean>;
  readonly canEnd: boolean;
}

function isExponential(node: PatternNode, pattern: string): boolean {
  const { states, end } = new Automaton(node, alphabetOf(pattern));
  const steps = new Map<number, Step>();
  for (const [index, { mask, next }] of states.entries()) {
    if (mask !== undefined) steps.set(index, stepFrom(next[0] ?? end, states, end));
  }
  if (canFail(steps) && mostLoops(steps, states) > mostChained) return true;
  const loops = groupsOf([...steps.keys()], (from) => [...(steps.get(from)?.next.keys() ?? [])]);
  return loops.some((loop) => {
    if (loop.some((state) => steps.get(state)?.canEnd)) return false;
    return isAmbiguous(new Set(loop), steps, states);
  });
}

/** More loops than this that one character can pass one after another cost as much as exponential ones. */
const mostChained = 5;

function canFail(steps: ReadonlyMap<number, Step>): boolean {
  return [...steps.values()].some(({ canEnd }) => !canEnd);
}

/** The most loops that a run of one character can be shared out over: the degree of the time that this takes. */
function mostLoops(steps: ReadonlyMap<number, Step>, states: readonly State[]): number {
  const masks = new Set([...steps.keys()].map((state) => states[state]?.mask ?? 0n));
  let most = 0;
  for (const mask of masks) {
    // One character of each class stands for it.
    const character = mask & -mask;
    const within = (from: number) =>
      [...(steps.get(from)?.next.keys() ?? [])].filter((next) => ((states[next]?.mask ?? 0n) & character) !== 0n);
    const own = [...steps.keys()].filter((state) => ((states[state]?.mask ?? 0n) & character) !== 0n);
    const groups = new Map(
      groupsOf(own, within).flatMap((group, index) => group.map((state) => [state, index] as const)),
    );
    const lengths = new Map<number, number>();
    const open = new Set<number>();
    const longest = (state: number): number => {
      const known = lengths.get(state);
      if (known !== undefined || open.has(state)) return known ?? 0;
      open.add(state);
      let length = 0;
      for (const next of within(state)) {
        const isEntered = groups.has(next) && groups.get(next) !== groups.get(state);
        length = Math.max(length, longest(next) + (isEntered ? 1 : 0));
      }
      open.delete(state);
      lengths.set(state, length);
      return length;
    };
    for (const state of own) most = Math.max(most, longest(state) + (groups.has(state) ? 1 : 0));
  }
  return most;
}

/** The characters that can follow without another one between. */
function stepFrom(from: number, states: readonly State[], end: number): Step {
  const ways = new Map<number, boolean>();
  let canEnd = false;
  const open = new Set<number>();
  let work = 0;
  const visit = (index: number, isAnchored: boolean): void => {
    const state = states[index];
    work += 1;
    if (state === undefined || open.has(index) || work > 2_000) return;
    if (index === end && !isAnchored) canEnd = true;
    if (state.mask !== undefined) {
      ways.set(index, ways.has(index));
      return;
    }
    open.add(index);
    for (const next of state.next) visit(next, isAnchored || state.isAnchor === true);
    open.delete(index);
  };
  visit(from, false);
  return { next: ways, canEnd };
}

/** Whether one text leads from a state of a loop back to it in two ways. */
function isAmbiguous(loop: ReadonlySet<number>, steps: ReadonlyMap<number, Step>, states: readonly State[]): boolean {
  const within = (from: number) => [...(steps.get(from)?.next ?? [])].filter(([next]) => loop.has(next));
  if ([...loop].some((from) => within(from).some(([, isSeveral]) => isSeveral))) return true;
  const size = states.length;
  let work = 0;
  const pairs = groupsOf(
    [...loop].map((state) => state * size + state),
    (pair) => {
      const [left, right] = [Math.floor(pair / size), pair % size];
      const found: number[] = [];
      for (const [a] of within(left)) {
        for (const [b] of within(right)) {
          work += 1;
          if (((states[a]?.mask ?? 0n) & (states[b]?.mask ?? 0n)) !== 0n) found.push(a * size + b);
        }
      }
      return work > mostSteps ? [] : found;
    },
  );
  const isSame = (pair: number) => Math.floor(pair / size) === pair % size;
  // What is too large to be shown harmless is not taken for it.
  return work > mostSteps || pairs.some((group) => group.some(isSame) && !group.every(isSame));
}

/** Nodes that lead back to themselves, those together that lead to each other (Tarjan, without recursion). */
function groupsOf(from: readonly number[], next: (node: number) => readonly number[]): number[][] {
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
