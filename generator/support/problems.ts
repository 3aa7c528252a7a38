import { GeneratorError, type Problem } from './errors.js';

/** The result of a step, and the problems that the step found. */
export interface StepResult<T> {
  readonly value: T;
  readonly problems: readonly Problem[];
}

/** Runs a part of a step. Returns undefined if the part throws a {@link GeneratorError}. */
export type Attempt = <T>(part: () => T) => T | undefined;

/** Runs a step of which parts may fail. The result has the problems of the parts that failed. */
export function collectingProblems<T>(step: (attempt: Attempt) => T): StepResult<T> {
  const problems: Problem[] = [];
  const value = step((part) => {
    try {
      return part();
    } catch (error) {
      if (!(error instanceof GeneratorError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  });
  return { value, problems };
}

/** The result of a step; undefined if it throws a {@link GeneratorError}, whose problems another step reports. */
export function resultOrNone<T>(step: () => T): T | undefined {
  return collectingProblems((attempt) => attempt(step)).value;
}

/**
 * Errors, then warnings, in the order of their places, each once. Many problems of one kind at one place, such as in a schema that
 * many events share, become one problem with their number.
 */
export function mergeProblems(problems: readonly Problem[]): Problem[] {
  const merged = new Map<string, { readonly first: Problem; readonly messages: Set<string> }>();
  for (const problem of problems) {
    const key = JSON.stringify([problem.code, problem.file, problem.line, problem.column, problem.hint]);
    const known = merged.get(key);
    if (known === undefined) merged.set(key, { first: problem, messages: new Set([problem.message]) });
    else known.messages.add(problem.message);
  }
  return [...merged.values()].flatMap(({ first, messages }) => shortened(first, [...messages])).sort(byPlace);
}

/** Up to three different messages of one place are listed separately, because they usually have different causes. */
function shortened(problem: Problem, messages: readonly string[]): Problem[] {
  if (messages.length <= 3) return messages.map((message) => ({ ...problem, message }));
  return [{ ...problem, message: `${messages[0]} (and ${messages.length - 1} more like it here)` }];
}

function byPlace(a: Problem, b: Problem): number {
  if (a.severity !== b.severity) return a.severity === 'error' ? -1 : 1;
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

/** The numbers of errors and of warnings. */
export function countProblems(problems: readonly Problem[]): { readonly errors: number; readonly warnings: number } {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return { errors, warnings: problems.length - errors };
}
