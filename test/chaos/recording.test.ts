import { describe, expect, it } from 'vitest';
import { settled } from '../support/events/account.js';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { tenant } from '../support/processes/chaos.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';
import { until } from '../support/wait.js';

const stage = useRecordedStage();
const publish = () => stage.bus('shop').withContext(tenant).publish(OrderPlaced, anOrder);

/** Calls Redis with a client whose commands are not recorded: what it does is no fault that the history knows. */
async function secretly(...[name, ...args]: readonly [string, ...string[]]): Promise<unknown> {
  const client = stage.redis.duplicate();
  try {
    return await client.call(name, ...args);
  } finally {
    client.disconnect();
  }
}

describe('what breaks a promise is found in the recorded history', () => {
  it('an event that is acknowledged for its group although no handler has completed it', async () => {
    stage.breaks('completed-by-a-run');
    let runs = 0;
    const bus = await stage.handle('billing', () => {
      runs += 1;
      return new Promise(() => undefined);
    });
    const { streamId } = await publish();
    await until('it runs', () => runs === 1);
    await secretly('XACK', '{hyvve:0}:events', 'billing', streamId);
    await bus.close({ drainMs: 0 });
  });

  it('a scheduled retry that is deleted', async () => {
    stage.breaks('completed-by-a-run');
    const fail = () => {
      throw new Error('as planned');
    };
    await stage.handle('billing', fail, { handler: { retryDelaysMs: [60_000] } });
    await publish();
    await until('a retry is scheduled', async () => (await stage.redis.hlen('{hyvve:0}:group:billing:rows')) === 1);
    await secretly('DEL', '{hyvve:0}:group:billing:rows', ...(await stage.redis.keys('{hyvve:0}:group:billing:due*')));
  });

  it('an event that is in the stream twice', async () => {
    stage.breaks('one-position');
    const { streamId } = await publish();
    const [entry] = await stage.redis.xrange('{hyvve:0}:events', streamId, streamId);
    await secretly('XADD', '{hyvve:0}:events', '*', ...(entry?.[1] ?? []));
  });

  it('an event that becomes a dead letter twice', async () => {
    stage.breaks('one-outcome');
    const fail = () => {
      throw new Error('as planned');
    };
    await stage.handle('billing', fail, { handler: { maxRetries: 0 } });
    const { id } = await publish();
    expect(await settled(stage.operator, [id], 1)).toMatchObject({ dead: 1 });
    const [line] = await stage.redis.xrange('{hyvve:0}:log', '-', '+');
    await secretly('XADD', '{hyvve:0}:log', '*', ...(line?.[1] ?? []));
  });

  it('an event that is handled again after its success was recorded', async () => {
    stage.breaks('repeated-with-cause');
    let runs = 0;
    const count = () => {
      runs += 1;
    };
    await stage.handle('billing', count, { leaseMs: 5_000 });
    const { id, streamId } = await publish();
    expect(await settled(stage.operator, [id], 1)).toMatchObject({ done: 1 });
    await secretly(
      'XCLAIM',
      '{hyvve:0}:events',
      'billing',
      'another',
      '0',
      streamId,
      'IDLE',
      '60000',
      'FORCE',
      'JUSTID',
    );
    await until('it has run again', () => runs === 2);
  });

  it('an acknowledged event that is deleted', async () => {
    stage.breaks('acknowledged-in-stream');
    await publish();
    const { streamId } = await publish();
    await secretly('XDEL', '{hyvve:0}:events', streamId);
    await publish();
  });
});
