import { GeneratorError, type Problem } from '../support/errors.js';
import { withoutTemporary } from '../support/temporary-file.js';

/** Converts any error to problems: those of a {@link GeneratorError}, a file that cannot be written, or an internal error. */
export function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof GeneratorError) return error.problems;
  const message = error instanceof Error ? error.message : String(error);
  const at = { severity: 'error', line: 1, column: 1 } as const;
  const path = error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : undefined;
  if (path !== undefined) {
    const hint = 'choose another folder, or make this one writable';
    return [{ ...at, code: 'FILE_UNWRITABLE', file: withoutTemporary(path), message: withoutTemporary(message), hint }];
  }
  const firstLine = message.split('\n')[0] ?? '';
  const hint = 'report it, with the output of HYVVE_EVENTS_DEBUG=1';
  return [
    { ...at, code: 'INTERNAL', file: 'hyvve-events', message: `internal error of the generator: ${firstLine}`, hint },
  ];
}

/** Exit code of a run that found these problems: 2 wrong usage, 1 an error, 0 warnings at most. */
export function exitCodeOf(problems: readonly Problem[]): 0 | 1 | 2 {
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.some(({ code }) => code === 'USAGE')) return 2;
  return errors.length > 0 ? 1 : 0;
}
