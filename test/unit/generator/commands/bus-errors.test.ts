import { EventBusError } from '@hyvve-events/runtime';
import { expect, it } from 'vitest';
import { reportingBusErrors } from '../../../../generator/commands/bus-errors.js';

it.each([
  [new EventBusError('UNAVAILABLE', 'no connection'), 'start Redis'],
  [new EventBusError('REDIS_DENIED', 'Redis requires a password'), 'redis://user:password@'],
  [new EventBusError('VALIDATION_FAILED', '$.state must be one of AVAILABLE, UNAVAILABLE'), 'docs/errors.md'],
])('%s: the hint is that of its code', async (error, hint) => {
  const failed = reportingBusErrors('publish', () => Promise.reject(error));
  await expect(failed).rejects.toMatchObject({
    problems: [{ code: 'BUS_FAILED', message: error.message, hint: expect.stringContaining(hint) }],
  });
});

it('another error is thrown as it is', async () => {
  const error = new TypeError('no');
  await expect(reportingBusErrors('tail', () => Promise.reject(error))).rejects.toBe(error);
});
