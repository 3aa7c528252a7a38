import { join } from 'node:path';
import { createDevAdmin } from '../dev/dev-admin.js';
import { chooseRedis, type DevRedis } from '../dev/dev-redis.js';
import { commandError } from '../support/errors.js';
import { reportingBusErrors } from './bus-errors.js';
import { type Command, type CommandIo, type CommonFlags, catalogOption, type Outcome, outOption } from './command.js';
import { watchAndGenerate } from './generate-watch.js';
import { type RedisFlags, redisOptions } from './redis-flags.js';
import { readSettings, type SettingFlags } from './settings.js';

interface Flags extends CommonFlags, SettingFlags, RedisFlags {
  readonly port?: number;
}

const usualPort = 4600;
/** Time after which Redis counts as unavailable, in milliseconds. */
const callTimeoutMs = 5_000;

export const dev: Command<Flags> = {
  name: 'dev',
  summary:
    'Everything for a day of work: Redis, the SDK generated after every edit, and the admin service with the docs.',
  options: [
    { flags: '--port <number>', description: `port of the admin service (default: ${usualPort})`, isCount: true },
    ...redisOptions,
    catalogOption,
    outOption,
  ],
  help: `Runs until Ctrl-C. Uses the Redis of --redis or REDIS_URL, otherwise the one that runs on this machine, otherwise a private one
that is removed at the end. The page of each event can publish it, with an example or generated data. Needs @hyvve-events/admin.

Examples:
  $ hyvve-events dev
  $ hyvve-events dev --port 4700 --redis redis://127.0.0.1:6380`,
  warningsPerCode: 3,
  ifFailed: 'ended',
  async run(flags, io) {
    // From here on, Ctrl-C no longer ends the process by itself: a private Redis would continue to run.
    const { signal } = io;
    // An empty variable is like none, as in a service.
    const fromEnvironment = process.env.REDIS_URL === '' ? undefined : process.env.REDIS_URL;
    const redis = await needRedis(flags.redis ?? fromEnvironment);
    try {
      await checkRedis(redis.url);
      return await runWith(redis, flags, { ...io, signal });
    } finally {
      await redis.stop();
    }
  },
};

async function runWith(redis: DevRedis, flags: Flags, io: CommandIo): Promise<Outcome> {
  const admin = await createDevAdmin({ redis: redis.url, prefix: flags.prefix, port: flags.port ?? usualPort });
  const stop = new AbortController();
  let failure: unknown;
  let isShown = false;
  const show = async () => {
    const { catalog: asyncApiFile, out } = await readSettings(flags);
    await admin.show({ catalogFile: join(out, 'catalog.json'), asyncApiFile });
    if (isShown) return;
    isShown = true;
    const { address, token } = admin;
    const data = { address, token, redis: withoutPassword(redis.url) };
    io.onOutcome({ exitCode: 0, problems: [], lines: introduction(redis, admin), data });
  };
  const onOutcome = (outcome: Outcome) => {
    io.onOutcome(outcome);
    if (outcome.exitCode !== 0) return;
    show().catch((error: unknown) => {
      failure = error;
      stop.abort();
    });
  };
  try {
    const signal = AbortSignal.any([io.signal, stop.signal]);
    const ended = await watchAndGenerate(flags, { ...io, onOutcome, signal });
    if (failure !== undefined) throw failure;
    return ended;
  } finally {
    await admin.close();
  }
}

/** A terminal keeps what it shows, and may be shared. */
function withoutPassword(address: string): string {
  const url = new URL(address);
  if (url.password !== '') url.password = '***';
  return url.href;
}

function introduction({ url, origin, isDefault }: DevRedis, { address, token }: { address: string; token: string }) {
  return [
    '',
    `Admin service   ${address}`,
    `Token           ${token}`,
    `Redis           ${withoutPassword(url)} (${origin})`,
    ...(isDefault ? [] : [`                start the services with REDIS_URL=${withoutPassword(url)}`]),
    '',
    'Publish an event from its page, or with `hyvve-events publish <type>`. Watch with `hyvve-events tail`. Ctrl-C ends.',
    '',
  ];
}

/** The admin service would start, and log an error for each of its requests. @throws GeneratorError `BUS_FAILED` */
function checkRedis(redis: string): Promise<void> {
  return reportingBusErrors('dev', async () => {
    const { createEventOperator } = await import('@hyvve-events/runtime');
    const operator = createEventOperator({ redis, callTimeoutMs, runReplays: false });
    try {
      await operator.feed.ends();
    } finally {
      await operator.close();
    }
  });
}

async function needRedis(given: string | undefined): Promise<DevRedis> {
  const redis = await chooseRedis(given);
  if (redis !== undefined) return redis;
  const message = 'no Redis runs on this machine, and neither redis-server nor valkey-server is installed';
  const hint = 'install one of them, start one with `docker compose up -d`, or name one with --redis';
  throw commandError('dev', { code: 'USAGE', message, hint });
}
