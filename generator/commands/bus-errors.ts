import { GeneratorError } from '../support/errors.js';

/**
 * Runs a part of a command that uses the event bus. Its errors are reported as a problem with their code.
 * @param command Name of the command, such as `tail`.
 * @throws GeneratorError `BUS_FAILED`
 */
export async function reportingBusErrors<Result>(command: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'EventBusError') throw error;
    const isUnavailable = 'code' in error && error.code === 'UNAVAILABLE';
    const hint = isUnavailable
      ? 'start Redis, or set its address with --redis or REDIS_URL'
      : 'docs/errors.md explains the code in brackets';
    const at = { severity: 'error', file: `hyvve-events ${command}`, line: 1, column: 1 } as const;
    throw new GeneratorError([{ ...at, code: 'BUS_FAILED', message: error.message, hint }]);
  }
}
