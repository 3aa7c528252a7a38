import { mostPatternSteps } from '@hyvve-events/runtime/codegen';
import type { Cache } from '../support/cache.js';
import {
  Automaton,
  canBeEmpty,
  groupsOf,
  mostCopies,
  type State,
  type Step,
  stepsOf,
  unfinishedStates,
} from './automaton.js';
import { alphabetOf, type PatternNode, parsePattern } from './parse-pattern.js';
import { costOf, longestText } from './pattern-cost.js';

/** The reason why a pattern must not be run on data. */
export type SlowPattern = 'exponential' | 'large';

/** The maximum size of a pattern with all repetitions expanded; a larger one cannot be run. */
const mostRepetitions = 100_000;

/**
 * Whether matching a pattern can take exponential time on short texts, such as twice as long with each character
 * (`exponential`), or the pattern has too many repetitions to be run (`large`).
 *
 * Backtracking is exponential where a loop has two paths for one text and something after the loop can fail (Weideman and
 * others, "Analyzing Matching Time Behavior of Backtracking Regular Expression Matchers", 2016). A repetition of up to a
 * few times does not count as a loop; one of many does.
 */
export function slownessOf(pattern: string, cache: Cache): SlowPattern | undefined {
  return cache.derive('pattern-slowness', pattern, [], () => find(pattern, cache));
}

/** A pattern must be able to be matched against a text of this length in {@link mostPatternSteps} steps. */
const shortestLimit = 64;

function find(pattern: string, cache: Cache): SlowPattern | undefined {
  const isCounted = /\{\d{3,}|\{\d*,\d{3,}/.test(pattern) || /\}[\s\S]*\}/.test(pattern);
  // Without a repeated group, matching is not exponential. Most patterns have none.
  const hasLoop = /\)[*+{]/.test(pattern);
  if (isCounted || hasLoop) {
    const node = parsePattern(pattern);
    if (node === undefined) return undefined;
    if (sizeOf(node) > mostRepetitions) return 'large';
    const all = hasLoop ? [node, ...looksIn(node)] : [];
    if (all.some((each) => countsNothing(each) || isExponential(each, pattern))) return 'exponential';
  }
  return longestText(costOf(pattern, cache), mostPatternSteps) < shortestLimit ? 'exponential' : undefined;
}

/** Whether something that may be empty is counted, as in `(a?){30}` and `(a?){30,}`: each iteration may consume a character or none. */
function countsNothing(node: PatternNode): boolean {
  switch (node.kind) {
    case 'sequence':
      return node.parts.some(countsNothing);
    case 'choice':
      return node.options.some(countsNothing);
    case 'repeat': {
      const turns = Number.isFinite(node.most) ? node.most : node.least;
      return (turns > mostCopies.plain && canBeEmpty(node.body)) || countsNothing(node.body);
    }
    default:
      return false;
  }
}

/** The number of characters of an expression with every repetition expanded. */
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

const mostSteps = 3_000_000;

function isExponential(node: PatternNode, pattern: string): boolean {
  const automaton = new Automaton(node, alphabetOf(pattern));
  const { states } = automaton;
  const steps = stepsOf(automaton);
  const unfinished = unfinishedStates(steps);
  const loops = groupsOf(unfinished.states, unfinished.nextOf);
  return loops.some((loop) => isAmbiguous(new Set(loop), steps, states));
}

/** Whether there are two paths for one text from a state of a loop back to that state. */
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
  // A loop that is too large to analyse is not assumed to be safe.
  return work > mostSteps || pairs.some((group) => group.some(isSame) && !group.every(isSame));
}
