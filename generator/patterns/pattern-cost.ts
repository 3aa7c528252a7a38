import type { Cache } from '../support/cache.js';
import {
  Automaton,
  groupsOf,
  hasLoop,
  type State,
  type Step,
  stepFrom,
  stepsOf,
  unfinishedStates,
} from './automaton.js';
import { alphabetOf, type PatternNode, parsePattern } from './parse-pattern.js';

/**
 * The worst-case cost of a text that does not match: about `factor * n ** degree / degree!` steps of a backtracking matcher,
 * where n is the length of the text.
 */
export interface PatternCost {
  readonly degree: number;
  readonly factor: number;
}

const linear: PatternCost = { degree: 1, factor: 1 };

/** The cost of matching a pattern, which must not be exponential. */
export function costOf(pattern: string, cache: Cache): PatternCost {
  return cache.derive('pattern-cost', pattern, [], () => {
    const { degree, factor } = find(pattern);
    return { degree, factor: Math.ceil(factor * 100) / 100 };
  });
}

/** A pattern with up to this factor of steps for each character may run on texts of every length. */
const mostFactor = 16;

/** The cost of a pattern for which the length of texts must be limited; undefined if no limit is necessary. */
export function limitingCost(pattern: string, cache: Cache): PatternCost | undefined {
  const cost = costOf(pattern, cache);
  return cost.degree === 1 && cost.factor <= mostFactor ? undefined : cost;
}

/** The maximum length of a text for which matching takes at most this number of steps. */
export function longestText({ degree, factor }: PatternCost, steps: number): number {
  return Math.floor(((steps * factorial(degree)) / factor) ** (1 / degree));
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

function find(pattern: string): PatternCost {
  const loops = pattern.match(/[*+]|\{\d*,(?:\d\d+)?\}/g)?.length ?? 0;
  const isGroupRepeated = /\)[?{]/.test(pattern);
  // The cost of a few optional characters is negligible.
  const lengths = lengthsOf(pattern);
  if (loops === 0 && !isGroupRepeated && lengths <= mostFactor) return { degree: 1, factor: lengths };
  const node = parsePattern(pattern);
  return node === undefined ? linear : costOfNode(node, alphabetOf(pattern));
}

/** The number of combinations of lengths of the optional and counted characters of a pattern. */
function lengthsOf(pattern: string): number {
  let combinations = 1;
  for (const [, least, most] of pattern.matchAll(/\?|\{(\d*),(\d*)\}/g)) {
    combinations *= most === undefined ? 2 : Number(most) - Number(least) + 1;
  }
  return combinations;
}

function costOfNode(node: PatternNode, alphabet: readonly string[]): PatternCost {
  const isAnchored = startsAtBeginning(node);
  const own = costOfAutomaton(isAnchored ? node : { kind: 'sequence', parts: [anywhere, node] }, alphabet);
  let { degree, factor } = own;
  for (const { body, isRepeated } of looksIn(node, !isAnchored)) {
    const inner = costOfNode({ kind: 'sequence', parts: [beginning, body] }, alphabet);
    const more = hasLoop(body) ? inner.degree : 0;
    degree = isRepeated ? degree + more : Math.max(degree, inner.degree);
    factor *= inner.factor;
  }
  return { degree: degree + referencesIn(node), factor };
}

const beginning: PatternNode = { kind: 'anchor', source: '^' };

/** Represents the text before the first matched character, for a pattern that is not anchored at the beginning. */
const anywhere: PatternNode = {
  kind: 'repeat',
  body: { kind: 'character', source: 'any', matches: () => true },
  least: 0,
  most: Number.POSITIVE_INFINITY,
};

/** Whether every alternative begins with `^`, so that it is only tried at the beginning of a text. */
function startsAtBeginning(node: PatternNode): boolean {
  switch (node.kind) {
    case 'anchor':
      return node.source === '^';
    case 'sequence': {
      const first = node.parts.find(({ kind }) => kind !== 'look');
      return first !== undefined && startsAtBeginning(first);
    }
    case 'choice':
      return node.options.every(startsAtBeginning);
    case 'repeat':
      return node.least > 0 && startsAtBeginning(node.body);
    default:
      return false;
  }
}

interface Look {
  readonly body: PatternNode;
  /** Whether it is tried at more than one position of a text. */
  readonly isRepeated: boolean;
}

function looksIn(node: PatternNode, isRepeated: boolean): Look[] {
  switch (node.kind) {
    case 'sequence': {
      let isAfterLoop = isRepeated;
      return node.parts.flatMap((part) => {
        const looks = looksIn(part, isAfterLoop);
        isAfterLoop ||= hasLoop(part);
        return looks;
      });
    }
    case 'choice':
      return node.options.flatMap((option) => looksIn(option, isRepeated));
    case 'repeat':
      return looksIn(node.body, isRepeated || node.most > 1);
    case 'look':
      return [{ body: node.body, isRepeated }];
    default:
      return [];
  }
}

/** Each back reference may compare up to the complete text again. */
function referencesIn(node: PatternNode): number {
  switch (node.kind) {
    case 'sequence':
      return node.parts.reduce((sum, part) => sum + referencesIn(part), 0);
    case 'choice':
      return Math.max(...node.options.map(referencesIn));
    case 'repeat':
    case 'look':
      return referencesIn(node.body);
    case 'reference':
      return 1;
    default:
      return 0;
  }
}

function costOfAutomaton(node: PatternNode, alphabet: readonly string[]): PatternCost {
  const automaton = new Automaton(node, alphabet);
  const steps = stepsOf(automaton);
  const degree = 1 + mostChained(steps, automaton.states);
  const length = 40;
  const drawn = stepsOnTexts(automaton, steps, length);
  return { degree, factor: Math.max(1, drawn / (length ** degree / factorial(degree))) };
}

/** The maximum of steps for comparing a pair of loops; a larger pair is assumed to be ambiguous. */
const mostSteps = 100_000;

/**
 * The maximum number of successive loops between which a text can be divided at any position. The number of divisions grows
 * with this power of the text's length (Weber and Seidl, "On the degree of ambiguity of finite automata", 1991).
 */
function mostChained(steps: ReadonlyMap<number, Step>, states: readonly State[]): number {
  const { states: unfinished, nextOf } = unfinishedStates(steps);
  // A loop is found after its successors.
  const loops = groupsOf(unfinished, nextOf).reverse();
  const reached = loops.map((loop) => reachableFrom(loop, nextOf));
  const chained: number[] = [];
  for (const [at, loop] of loops.entries()) {
    let most = 0;
    for (const [before, earlier] of loops.slice(0, at).entries()) {
      if (!loop.some((state) => reached[before]?.has(state))) continue;
      const shares = sharesRun(earlier, loop, reached[before] ?? new Set(), nextOf, states);
      most = Math.max(most, (chained[before] ?? 0) + (shares ? 1 : 0));
    }
    chained.push(most);
  }
  return Math.max(0, ...chained);
}

function reachableFrom(from: readonly number[], nextOf: (state: number) => readonly number[]): ReadonlySet<number> {
  const found = new Set(from);
  const open = [...from];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const next of nextOf(state)) {
      if (found.has(next)) continue;
      found.add(next);
      open.push(next);
    }
  }
  return found;
}

/** Whether the same text is a path around the first loop, around the second, and from the first to the second. */
function sharesRun(
  first: readonly number[],
  second: readonly number[],
  between: ReadonlySet<number>,
  nextOf: (state: number) => readonly number[],
  states: readonly State[],
): boolean {
  const [inFirst, inSecond] = [new Set(first), new Set(second)];
  const maskOf = (state: number) => states[state]?.mask ?? 0n;
  let work = 0;
  for (const p of first) {
    for (const q of second) {
      const seen = new Set<string>();
      const open: (readonly [number, number, number])[] = [[p, p, q]];
      for (let triple = open.pop(); triple !== undefined; triple = open.pop()) {
        const [x, y, z] = triple;
        if ((maskOf(x) & maskOf(y) & maskOf(z)) === 0n) continue;
        for (const a of nextOf(x).filter((state) => inFirst.has(state))) {
          for (const c of nextOf(z).filter((state) => inSecond.has(state))) {
            for (const b of nextOf(y)) {
              work += 1;
              if (work > mostSteps) return true;
              if (a === p && b === q && c === q) return true;
              const key = `${a} ${b} ${c}`;
              if (!between.has(b) || seen.has(key)) continue;
              seen.add(key);
              open.push([a, b, c]);
            }
          }
        }
      }
    }
  }
  return false;
}

/** The highest cost of some test texts: repeated characters, and texts that greedily add the most expensive character. */
function stepsOnTexts({ states, end, start }: Automaton, steps: ReadonlyMap<number, Step>, length: number): number {
  const masks = [...new Set(states.flatMap(({ mask }) => (mask === undefined ? [] : [mask])))];
  const characters = representatives(masks).map((bit) =>
    states.map(({ mask }) => mask !== undefined && (mask & bit) !== 0n),
  );
  const begin = new Map([...stepFrom(start, states, end).next].map(([state, isSeveral]) => [state, isSeveral ? 2 : 1]));
  const after = (ways: ReadonlyMap<number, number>, fits: readonly boolean[]): Map<number, number> => {
    const next = new Map<number, number>();
    for (const [state, count] of ways) {
      const step = steps.get(state);
      // If the match can end here, it ends.
      if (fits[state] !== true || step === undefined || step.canEnd) continue;
      for (const [to, isSeveral] of step.next) next.set(to, (next.get(to) ?? 0) + count * (isSeveral ? 2 : 1));
    }
    return next;
  };
  const costOfText = (choose: (ways: ReadonlyMap<number, number>) => Map<number, number>): number => {
    let ways = begin;
    let cost = sumOf(ways);
    for (let at = 0; at < length && ways.size > 0; at += 1) {
      ways = choose(ways);
      cost += sumOf(ways);
    }
    return cost;
  };
  const greedy = (ways: ReadonlyMap<number, number>) =>
    characters.map((fits) => after(ways, fits)).reduce((a, b) => (sumOf(b) > sumOf(a) ? b : a), new Map());
  return Math.max(costOfText(greedy), ...characters.map((fits) => costOfText((ways) => after(ways, fits))));
}

function sumOf(ways: ReadonlyMap<number, number>): number {
  let sum = 0;
  for (const count of ways.values()) sum += count;
  return sum;
}

/** One bit of the alphabet for each class of characters that the masks distinguish, up to a limit. */
function representatives(masks: readonly bigint[]): bigint[] {
  let classes = masks.length === 0 ? [] : [masks.reduce((all, mask) => all | mask, 0n)];
  for (const mask of masks) {
    if (classes.length >= 16) break;
    classes = classes.flatMap((each) => [each & mask, each & ~mask].filter((part) => part !== 0n));
  }
  return classes.map((each) => each & -each);
}
