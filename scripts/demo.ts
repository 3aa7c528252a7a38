import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { startDemoAdmin } from './demo/admin.js';
import { type Platform, startPlatform } from './demo/platform.js';
import { finish, mend, playOnce } from './demo/story.js';
import { Timeline } from './demo/timeline.js';
import { ensureRedis } from './ensure-redis.js';
import { startRedis } from './redis-server.js';

const help = `Runs the example services of examples/platform on a Redis and shows what they publish and handle.

  npm run demo                 until Ctrl-C, with the admin service beside it; r and Enter mends what has failed
  npm run demo -- --once       each thing once, then a summary; exit code 1 when something expected did not happen
  npm run demo -- --yes        installs Redis without asking when there is none

Uses the Redis of REDIS_URL (its own keys, removed at the end), else a private one in a temporary folder.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { once: { type: 'boolean' }, yes: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const stop = new AbortController();
  const end = () => {
    // Asked twice: at once, with Redis.
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  };
  process.on('SIGINT', end).on('SIGTERM', end);
  const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  const timeline = new Timeline(colour, (line) => process.stdout.write(`${line}\n`));
  const prefix = `hyvve-demo-${process.pid}`;

  const given = process.env.REDIS_URL;
  if (given === undefined) await ensureRedis(values.yes === true ? { yes: true } : {});
  const redis = given === undefined ? await startRedis() : undefined;
  const url = redis?.url ?? given ?? '';
  try {
    if (redis === undefined) await checkAnswers(url);
    timeline.say(`Redis: ${new URL(url).host}${redis === undefined ? '' : ' (private, gone at the end)'}\n`);
    const platform = await startPlatform(url, prefix, timeline);
    try {
      if (values.once !== true)
        return await withAdmin(url, prefix, timeline, () => trickle(platform, timeline, stop.signal));
      await playOnce(platform, 1);
      return (await finish(platform, timeline)) ? 0 : 1;
    } finally {
      await platform.close();
      if (redis === undefined) await removeKeys(url, prefix);
    }
  } finally {
    await redis?.stop();
  }
}

async function checkAnswers(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
  } catch {
    throw new Error(
      `No Redis answers at REDIS_URL (${new URL(url).host}). Start it, or unset REDIS_URL for a private one.`,
    );
  } finally {
    redis.disconnect();
  }
}

/** Runs `run` with the admin service beside it. */
async function withAdmin(url: string, prefix: string, timeline: Timeline, run: () => Promise<number>): Promise<number> {
  const admin = await startDemoAdmin(url, prefix);
  timeline.say(`Admin service: ${admin.address} (dashboard, event docs, API: docs/web.md, docs/admin.md)`);
  timeline.say('To sign in, and for curl:');
  timeline.say(`TOKEN=${admin.token}\n`);
  try {
    return await run();
  } finally {
    await admin.close();
  }
}

/** Plays chapter after chapter until the signal. */
async function trickle(platform: Platform, timeline: Timeline, signal: AbortSignal): Promise<number> {
  const mends = (line: Buffer) => {
    const command = line.toString().trim();
    if (command === 'r') void mend(platform, timeline);
    if (command === 'pager') platform.pagerWorks = true;
  };
  process.stdin.on('data', mends);
  timeline.say(
    'Ctrl-C ends it; r and Enter repairs the pager and retries the dead letter, pager and Enter repairs it alone.\n',
  );
  for (let chapter = 1; !signal.aborted; chapter += 1) {
    await playOnce(platform, chapter);
    await sleep(3_000, undefined, { signal }).catch(() => undefined);
  }
  process.stdin.off('data', mends).pause();
  timeline.say('\nending …');
  return 0;
}

async function removeKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url);
  for await (const keys of redis.scanStream({ match: `${prefix}:*`, count: 500 })) {
    if (keys.length > 0) await redis.unlink(keys as string[]);
  }
  redis.disconnect();
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
