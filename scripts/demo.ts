import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { startDemoAdmin } from './demo/admin.js';
import { type Platform, startPlatform } from './demo/platform.js';
import { finish, playOnce, retryDeadLetters } from './demo/story.js';
import { Timeline } from './demo/timeline.js';
import { ensureRedis } from './ensure-redis.js';
import { startRedis } from './redis-server.js';

const help = `Runs the example services of examples/platform on Redis and shows which events they publish and handle.

  npm run demo                 runs until Ctrl-C, together with the admin service; r and Enter retries the dead letters
  npm run demo -- --once       runs the story once, then prints a summary; exit code 1 if an expected result is missing
  npm run demo -- --yes        installs Redis without a question if it is missing

Uses the Redis of REDIS_URL (with separate keys, removed at the end), else a private one in a temporary folder.
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
    // The second signal ends the process immediately.
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  };
  process.on('SIGINT', end).on('SIGTERM', end);
  const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  const timeline = new Timeline(colour, (line) => process.stdout.write(`${line}\n`));
  const prefix = `hyvve-demo-${process.pid}`;

  // An empty variable is like none, as in a service.
  const given = process.env.REDIS_URL === '' ? undefined : process.env.REDIS_URL;
  if (given === undefined) await ensureRedis(values.yes === true ? { yes: true } : {});
  const redis = given === undefined ? await startRedis() : undefined;
  const url = redis?.url ?? given ?? '';
  try {
    if (redis === undefined) await checkConnection(url);
    timeline.print(`Redis: ${new URL(url).host}${redis === undefined ? '' : ' (private, removed at the end)'}\n`);
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

async function checkConnection(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
  } catch {
    throw new Error(
      `Redis does not respond at REDIS_URL (${new URL(url).host}). Start it, or unset REDIS_URL to use a private Redis.`,
    );
  } finally {
    redis.disconnect();
  }
}

/** Runs `run` together with the admin service. */
async function withAdmin(url: string, prefix: string, timeline: Timeline, run: () => Promise<number>): Promise<number> {
  const admin = await startDemoAdmin(url, prefix);
  timeline.print(`Admin service: ${admin.address} (dashboard, event docs, API: docs/web.md, docs/admin.md)`);
  timeline.print('To sign in, and for curl:');
  timeline.print(`TOKEN=${admin.token}\n`);
  try {
    return await run();
  } finally {
    await admin.close();
  }
}

/** Plays one chapter after another until the signal is aborted. */
async function trickle(platform: Platform, timeline: Timeline, signal: AbortSignal): Promise<number> {
  const onCommand = (line: Buffer) => {
    const command = line.toString().trim();
    if (command === 'r') void retryDeadLetters(platform, timeline);
    if (command === 'pager') platform.pagerWorks = true;
  };
  process.stdin.on('data', onCommand);
  timeline.print(
    'Ctrl-C: end; r and Enter: repair the pager and retry the dead letter; pager and Enter: only repair the pager.\n',
  );
  for (let chapter = 1; !signal.aborted; chapter += 1) {
    await playOnce(platform, chapter);
    await sleep(3_000, undefined, { signal }).catch(() => undefined);
  }
  process.stdin.off('data', onCommand).pause();
  timeline.print('\nending …');
  return 0;
}

async function removeKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url);
  for await (const keys of redis.scanStream({ match: `{${prefix}:*`, count: 500 })) {
    if (keys.length > 0) await redis.unlink(keys as string[]);
  }
  redis.disconnect();
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
