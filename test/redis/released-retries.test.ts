import { expect, it } from 'vitest';
import { partitionKeys } from '../../runtime/redis/store/keys.js';
import { quick, useStage } from '../support/processes/chaos.js';
import { newGate, until } from '../support/wait.js';

const stage = useStage();
const { claims, scheduledRetries, due } = partitionKeys('hyvve', 0).group('billing');

it('⚑ a retry that a closing process returns: its runs that ended with a crash still count, and it does not run', async () => {
  const never = newGate();
  let retried = 0;
  const bus = await stage.handle(
    'billing',
    async (_event, { attempt }) => {
      if (attempt === 1) throw new Error('the first run fails');
      retried += 1;
      await never.passed;
    },
    { ...quick, drainMs: 100, handler: { name: 'bill', retryDelaysMs: [60_000] } },
  );
  const [id = ''] = await stage.publish(1);
  await until('a retry is scheduled', async () => (await stage.redis.hlen(scheduledRetries)) === 1);
  const [ref = ''] = await stage.redis.hkeys(scheduledRetries);
  // A process has claimed it before, and has died.
  await stage.redis.hset(claims, ref, '1|dead');
  await stage.redis.zadd(due('bill'), 1, ref);
  await until('the retry runs', () => retried === 1);
  expect(await stage.redis.hget(claims, ref)).toMatch(/^2\|./);
  await bus.close();
  expect(await stage.redis.hget(claims, ref)).toBe('1|');
  const [group] = await stage.operator.status({ eventId: id });
  expect(group?.handlers).toMatchObject([{ handler: 'bill', status: 'FAILED' }]);
  never.open();
});
