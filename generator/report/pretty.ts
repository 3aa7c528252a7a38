import { readFileSync } from 'node:fs';
import type { Problem } from '../support/errors.js';

/** Colours a text, or returns it unchanged if the output is not a terminal. */
export type Paint = (colour: 'red' | 'yellow' | 'cyan' | 'green' | 'dim', text: string) => string;

export interface PrettyOptions {
  readonly paint: Paint;
  /** The maximum number of warnings printed for each code; further ones are only counted. Errors are always printed. Default: no limit. */
  readonly warningsPerCode?: number | undefined;
}

/** Problems for people, warnings before errors: place, severity, code, message; the line with a caret; how to fix it. */
export function prettyProblems(problems: readonly Problem[], options: PrettyOptions): string[] {
  const { paint, warningsPerCode = Number.POSITIVE_INFINITY } = options;
  const lineOf = lineReader();
  const errors = problems.filter(({ severity }) => severity === 'error');
  const warnings = problems.filter(({ severity }) => severity === 'warning');
  const numbers = new Map<string, number>();
  const lines: string[] = [];
  for (const problem of warnings) {
    const number = (numbers.get(problem.code) ?? 0) + 1;
    numbers.set(problem.code, number);
    if (number <= warningsPerCode) lines.push(...prettyProblem(problem, lineOf, paint));
  }
  const left = [...numbers].flatMap(([code, number]) =>
    number > warningsPerCode ? [`${number - warningsPerCode} ${code}`] : [],
  );
  if (left.length > 0) {
    const more = warningsPerCode > 0 ? 'more warnings' : 'warnings';
    const command = numbers.has('BREAKING_CHANGE')
      ? '`hyvve-events check` and `hyvve-events diff` list'
      : '`hyvve-events check` lists';
    lines.push(`${paint('yellow', more)}: ${left.join(', ')}; ${command} them`);
  }
  // Errors last: the end of the output is read first.
  return [...lines, ...errors.flatMap((problem) => prettyProblem(problem, lineOf, paint))];
}

type LineReader = (file: string, line: number) => string | undefined;

function prettyProblem(problem: Problem, lineOf: LineReader, paint: Paint): string[] {
  const { file, line, column, severity, code, message, hint } = problem;
  const head = `${file}:${line}:${column}: ${paint(severity === 'error' ? 'red' : 'yellow', severity)} ${code}: ${message}`;
  const source = lineOf(file, line);
  const fix = `  ${paint('cyan', 'fix:')} ${hint}`;
  if (source === undefined || source.trim() === '') return [head, fix];
  const gutter = `${line} | `;
  const { text, caret } = excerpt(source, column - 1);
  return [head, `  ${paint('dim', gutter)}${text}`, `  ${' '.repeat(gutter.length + caret)}${paint('red', '^')}`, fix];
}

const widest = 110;

/** The part of a line around a column: a catalog in JSON may be a single line of a megabyte. */
function excerpt(source: string, offset: number): { readonly text: string; readonly caret: number } {
  const line = source.replaceAll('\t', ' ');
  const at = Math.min(offset, line.length);
  if (line.length <= widest) return { text: line, caret: at };
  const start = Math.max(0, Math.min(at - 40, line.length - widest));
  const before = start > 0 ? '…' : '';
  const after = start + widest < line.length ? '…' : '';
  return { text: before + line.slice(start, start + widest) + after, caret: at - start + before.length };
}

function lineReader(): LineReader {
  const files = new Map<string, readonly string[]>();
  return (file, line) => {
    let lines = files.get(file);
    if (lines === undefined) {
      lines = linesOf(file);
      files.set(file, lines);
    }
    return lines[line - 1];
  };
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/);
  } catch {
    return [];
  }
}
