import { readFileSync } from 'node:fs';
import type { Problem } from '../errors.js';

/** Colours a text, or gives it as it is where the output is no terminal. */
export type Paint = (colour: 'red' | 'yellow' | 'cyan' | 'green' | 'dim', text: string) => string;

export interface PrettyOptions {
  readonly paint: Paint;
  /** Of the warnings of one code, only so many are told, and the rest is counted. Errors are told all. Default: all. */
  readonly warningsPerCode?: number | undefined;
}

/** Problems for people: place, severity, code, what; the line with a caret; how to mend it. */
export function prettyProblems(problems: readonly Problem[], options: PrettyOptions): string[] {
  const { paint, warningsPerCode = Number.POSITIVE_INFINITY } = options;
  const lineOf = lineReader();
  const warnings = new Map<string, number>();
  const lines: string[] = [];
  let left = 0;
  for (const problem of problems) {
    const number = (warnings.get(problem.code) ?? 0) + 1;
    if (problem.severity === 'warning') warnings.set(problem.code, number);
    if (problem.severity === 'warning' && number > warningsPerCode) left += 1;
    else lines.push(...prettyProblem(problem, lineOf, paint));
  }
  if (left > 0) lines.push(`${left} ${warningsPerCode > 0 ? 'more ' : ''}warnings: \`hyvve-events check\` tells them`);
  return lines;
}

type LineReader = (file: string, line: number) => string | undefined;

function prettyProblem(problem: Problem, lineOf: LineReader, paint: Paint): string[] {
  const { file, line, column, severity, code, message, hint } = problem;
  const head = `${file}:${line}:${column}: ${paint(severity === 'error' ? 'red' : 'yellow', severity)} ${code}: ${message}`;
  const source = lineOf(file, line);
  const mend = `  ${paint('cyan', 'mend:')} ${hint}`;
  if (source === undefined || source.trim() === '') return [head, mend];
  const gutter = `${line} | `;
  const { text, caret } = excerpt(source, column - 1);
  return [head, `  ${paint('dim', gutter)}${text}`, `  ${' '.repeat(gutter.length + caret)}${paint('red', '^')}`, mend];
}

const widest = 110;

/** The part of a line around a column: catalogs in JSON may be one line of a megabyte. */
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
