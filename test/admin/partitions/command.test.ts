import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { runPartitions } from '../../../admin/partitions/command.js';
import { useRedis } from '../../support/redis/redis.js';

const server = useRedis();
let redis: Redis;

beforeAll(() => {
  redis = new Redis(server.url);
});
afterAll(() => redis.disconnect());
beforeEach(async () => {
  await redis.flushall();
  await redis.hset('{hyvve:map}', { format: 2, epoch: 1, partitions: 1 });
});

/** Runs the command. @param answer What the person types; undefined: there is no terminal. */
async function partitions(args: readonly string[], answer?: string) {
  let [out, err] = ['', ''];
  const isTTY = answer !== undefined;
  const ask = async (question: string) => {
    out += question;
    return answer ?? '';
  };
  const code = await runPartitions(
    args,
    { REDIS_URL: server.url },
    {
      isTTY,
      ask: isTTY ? ask : undefined,
      write: (text) => {
        out += text;
      },
      writeError: (text) => {
        err += text;
      },
    },
  );
  return { code, out, err };
}

const count = () => redis.hget('{hyvve:map}', 'partitions');

it('plan: text and JSON; it changes nothing', async () => {
  const { code, out } = await partitions(['plan', '4']);
  expect(code).toBe(0);
  expect(out).toMatch(/^1 → 4 partitions, .*, one server\n/);
  expect(out).toContain('there is nothing to move');
  expect(out).toContain('Then: hyvve-events-admin partitions grow 4');
  const json = await partitions(['plan', '4', '--json']);
  expect(JSON.parse(json.out)).toMatchObject({ present: 1, count: 4, masters: [], moves: [] });
  expect(await count()).toBe('1');
});

it('without a map: code and exit code 1', async () => {
  await redis.flushall();
  const { code, out, err } = await partitions(['plan', '4']);
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain('hyvve-events-admin: [NOT_FOUND] there is no partition map');
});

it('grow: asks for the number; without a terminal it needs --yes', async () => {
  const unasked = await partitions(['grow', '4']);
  expect([unasked.code, unasked.out]).toEqual([2, '']);
  expect(unasked.err).toContain('cannot be undone: nothing was changed; fix: confirm it with --yes');
  const refused = await partitions(['grow', '4'], 'yes');
  expect(refused).toMatchObject({ code: 2, err: 'not confirmed: nothing was changed\n' });
  expect(refused.out).toBe('The growth from 1 to 4 partitions cannot be undone. Type 4 to begin: ');
  expect(await count()).toBe('1');
  const confirmed = await partitions(['grow', '4'], ' 4 ');
  expect([confirmed.code, await count()]).toEqual([0, '4']);
  expect(confirmed.out).toContain('\u001b[32mgrown from 1 to 4 partitions');
});

it('grow: each step with its time, who did it, and which groups wait', async () => {
  await redis.xgroup('CREATE', '{hyvve:0}:events', 'billing', '$', 'MKSTREAM');
  await redis.hset('{hyvve:0}:groups', 'billing', 1);
  const { code, out } = await partitions(['grow', '4', '--yes', '--by', 'ann']);
  expect(code).toBe(0);
  const numbers = out.replace(/\d+(\.\d)? ms/g, '# ms').replace(/ +# ms/g, ' # ms');
  expect(numbers).toBe(
    [
      '1 → 2 partitions',
      '  mark the growth in the map # ms',
      '  seal 1 partition, open 1 new: publishers wait # ms',
      '  write the map: publishers go on # ms',
      '2 → 4 partitions',
      '  mark the growth in the map # ms',
      '  seal 2 partitions, open 2 new: publishers wait # ms',
      '  write the map: publishers go on # ms',
      'grown from 1 to 4 partitions in # ms (epoch 3)',
      'Running services follow by themselves: nothing has to be restarted. At the next deployment, set their option `partitions`',
      'to the new number, or leave it out.',
      'Groups that handle events from before the growth first (repeat the command to look again):',
      '  billing: does not read partitions 1–3 yet',
      '',
    ].join('\n'),
  );
  const [[, entry] = []] = await redis.xrange('{hyvve:0}:log', '-', '+');
  expect(entry).toEqual(expect.arrayContaining(['growth-started', 'ann']));
});

it('grow again: nothing to do; a smaller number is refused; both as JSON', async () => {
  await partitions(['grow', '2', '--yes']);
  const again = await partitions(['grow', '2']);
  expect(again).toMatchObject({ code: 0, out: expect.stringContaining('nothing to do: there are 2 partitions') });
  const json = await partitions(['grow', '2', '--json']);
  expect([json.code, JSON.parse(json.out)]).toMatchObject([0, { from: 2, count: 2, waiting: [] }]);
  const smaller = await partitions(['grow', '1', '--yes', '--json']);
  expect([smaller.code, JSON.parse(smaller.out)]).toMatchObject([2, { error: { code: 'CONFIG_INVALID' } }]);
});

it.each([
  [['grow'], /needs the number of partitions/],
  [['grow', 'many'], /needs the number of partitions/],
  [['grow', '2', '4'], /needs the number of partitions/],
  [['shrink', '2'], /there is no command partitions shrink/],
  [['plan', '2', '--yes'], /--yes is no option of partitions plan/],
  [['migrate-keys', '--json'], /--json is no option of partitions migrate-keys/],
])('%j is refused', async (args, message) => {
  await expect(partitions(args)).rejects.toThrow(message);
});

it('--help explains the commands and the exit codes', async () => {
  expect(await partitions(['--help'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/grow <count>.*Exit codes/s),
  });
  expect(await partitions([])).toMatchObject({ code: 2 });
});
