import { commandError } from '../support/errors.js';

const usualHint = 'docs/errors.md explains the code in brackets';

/** By the code of the event bus. */
const hints: Readonly<Record<string, string>> = {
  UNAVAILABLE: 'start Redis, or set its address with --redis or REDIS_URL',
  REDIS_DENIED:
    'set the address with the user and the password with --redis or REDIS_URL: redis://user:password@host:6379',
};

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
    const code = 'code' in error ? error.code : undefined;
    const hint = typeof code === 'string' && Object.hasOwn(hints, code) ? hints[code] : undefined;
    throw commandError(command, { code: 'BUS_FAILED', message: error.message, hint: hint ?? usualHint });
  }
}
