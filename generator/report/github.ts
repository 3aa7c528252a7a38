import type { Problem } from '../support/errors.js';

/** Problems as GitHub's workflow commands, which GitHub shows next to the line. */
export function githubProblems(problems: readonly Problem[]): string[] {
  return problems.map(({ severity, file, line, column, code, message, hint }) => {
    const place = `file=${property(file)},line=${line},col=${column}`;
    return `::${severity} ${place}::${data(`${code}: ${message}; ${hint}`)}`;
  });
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
