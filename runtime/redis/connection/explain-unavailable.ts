import { EventBusError } from '../../errors.js';

/**
 * Says more about an `UNAVAILABLE`, such as what is away.
 * @param explain Makes the new message of the former one. @returns The new error; any other error as it is
 */
export function explainUnavailable(error: unknown, explain: (message: string) => string): unknown {
  if (!(error instanceof EventBusError) || error.code !== 'UNAVAILABLE') return error;
  return new EventBusError('UNAVAILABLE', explain(error.rawMessage), { cause: error });
}
