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
 * What a text that does not match costs at worst: about `factor * n ** degree / degree!` steps of a backtracking matcher, n
 * being its length.
 */
export interface PatternCost {
  readonly degree: number;
  readonly factor: number;
}

const linear: PatternCost = { degree: 1, factor: 1 };

const known = new Map<string, PatternCost>();

/** What matching a pattern costs. It must be known not to be exponential. */
export function costOf(pattern: string): PatternCost {
  let cost = known.get(pattern);
  if (cost === undefined) {
    const { degree, factor } = find(pattern);
    cost = { degree, factor: Math.ceil(factor * 100) / 100 };
    known.set(pattern, cost);
  }
  return cost;
}

/** What a pattern may take more than a step for each character of a text, and is run on every text. */
const mostFactor = 16;

/** The cost of a pattern that must not be run on every text; undefined where it may. */
export function limitingCost(pattern: string): PatternCost | undefined {
  const cost = costOf(pattern);
  return cost.degree === 1 && cost.factor <= mostFactor ? undefined : cost;
}

/** The longest text on which matching takes no more steps than these. */
export function longestText({ degree, factor }: PatternCost, steps: number): number {
  return Math.floor(((steps * factorial(degree)) / factor) ** (1 / degree));
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

function find(pattern: string): PatternCost {
  const loops = pattern.match(/[*+]|\{\d*,(?:\d\d+)?\}/g)?.length ?? 0;
  const isGroupRepeated = /\)[?{]/.test(pattern);
  // A few optional characters cost nothing to speak of.
  const lengths = lengthsOf(pattern);
  if (loops === 0 && !isGroupRepeated && lengths <= mostFactor) return { degree: 1, factor: lengths };
  const node = parsePattern(pattern);
  return node === undefined ? linear : costOfNode(node, alphabetOf(pattern));
}

/** How many combinations of lengths the optional and counted characters of a pattern have. */
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

/** What is before the first character that is matched, where a pattern does not say that it starts at the beginning. */
const anywhere: PatternNode = {
  kind: 'repeat',
  body: { kind: 'character', source: 'any', matches: () => true },
  least: 0,
  most: Number.POSITIVE_INFINITY,
};

/** Whether all that it matches begins with `^`: it is tried at one place then. */
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
  /** Whether it is tried at more than one place of a text. */
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

/** Each compares up to the whole text again. */
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

/** Pairs of loops that are compared take no more steps than this; what is larger is taken for a pair that costs. */
const mostSteps = 100_000;

/**
 * The most loops, one after another, that a run of a text can be shared out over in any way. The number of ways grows with
 * this power of its length (Weber and Seidl, "On the degree of ambiguity of finite automata", 1991).
 */
function mostChained(steps: ReadonlyMap<number, Step>, states: readonly State[]): number {
  const { states: unfinished, nextOf } = unfinishedStates(steps);
  // A loop is found after those that it leads to.
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

/** Whether one text leads around the first loop, around the second, and from the first to the second. */
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

/** The steps that the worst of some texts costs: runs of one character, and what adds most with each character. */
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
      // Where the match may end, it does.
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

/** A bit of the alphabet for each class of characters that the masks tell apart, up to a limit. */
function representatives(masks: readonly bigint[]): bigint[] {
  let classes = masks.length === 0 ? [] : [masks.reduce((all, mask) => all | mask, 0n)];
  for (const mask of masks) {
    if (classes.length >= 16) break;
    classes = classes.flatMap((each) => [each & mask, each & ~mask].filter((part) => part !== 0n));
  }
  return classes.map((each) => each & -each);
}
