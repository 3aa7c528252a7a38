import type { Problem } from './errors.js';

/**
 * Errors, then warnings, in the order of their places, each once: what is told several times of one place, a schema that many events
 * share say, becomes one problem that says how often.
 */
export function mergeProblems(problems: readonly Problem[]): Problem[] {
  const merged = new Map<string, { readonly first: Problem; readonly messages: Set<string> }>();
  for (const problem of problems) {
    const key = JSON.stringify([problem.code, problem.file, problem.line, problem.column, problem.hint]);
    const known = merged.get(key);
    if (known === undefined) merged.set(key, { first: problem, messages: new Set([problem.message]) });
    else known.messages.add(problem.message);
  }
  return [...merged.values()].flatMap(({ first, messages }) => tellOnce(first, [...messages])).sort(byPlace);
}

/** Up to three different messages of one place are told one by one: they are different faults more often than not. */
function tellOnce(problem: Problem, messages: readonly string[]): Problem[] {
  if (messages.length <= 3) return messages.map((message) => ({ ...problem, message }));
  return [{ ...problem, message: `${messages[0]} (and ${messages.length - 1} more like it here)` }];
}

function byPlace(a: Problem, b: Problem): number {
  if (a.severity !== b.severity) return a.severity === 'error' ? -1 : 1;
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

/** How many problems count as errors, and how many as warnings. */
export function countProblems(problems: readonly Problem[]): { readonly errors: number; readonly warnings: number } {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return { errors, warnings: problems.length - errors };
}
