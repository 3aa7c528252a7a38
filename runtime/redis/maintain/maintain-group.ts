import { EventBusError } from '../../errors.js';
import { aheadMessage } from '../../operate/parked.js';
import type { Link } from '../connection/link.js';
import { trimReplays } from '../replay/replay-room.js';
import type { MaintenanceSettings } from '../settings.js';
import { countPublished } from '../statistics/count-published.js';
import { readParkedNames } from '../statistics/parked-sets.js';
import type { Keys } from '../store/keys.js';
import { type FreeQueuesOptions, freeQueues } from './free-queues.js';
import {
  expireDeadLettersScript,
  type ForGroups,
  removeConsumersScript,
  retireHandlersScript,
  trimScript,
} from './maintain.lua.js';
import { expireParkedScript } from './parked.lua.js';
import { forgetPublishersScript } from './publishers.lua.js';

/** Maximum time that one round spends on counting published events, in milliseconds. */
const countLimitMs = 30_000;
/** Maximum number of retries that one script call moves when a handler is retired: limits its duration. */
const retireStep = 500;
/** Maximum number of entries and dead letters that one script call expires, for the same reason. */
const expireStep = 500;

/** Time without a heartbeat after which a process that published is forgotten, in milliseconds: an hour. */
const forgetPublisherMs = 60 * 60 * 1000;
/** Time after which it is forgotten that a version was published, in milliseconds: 30 days. */
const forgetPublishedMs = 30 * 24 * 60 * 60 * 1000;

export interface MaintainOptions extends FreeQueuesOptions {
  readonly leaseMs: number;
  readonly settings: MaintenanceSettings;
}

/**
 * One round of maintenance for a group and for the common stream. Each step is idempotent.
 * @param signal Ends the round after the current step.
 */
export async function maintainGroup(options: MaintainOptions, signal: AbortSignal): Promise<void> {
  const { connection, keys } = options;
  const steps = [
    () => removeDeadConsumers(options),
    () => retireHandlers(options),
    () => expireParked(options),
    () => countPublished(connection, keys, { limitMs: countLimitMs, background: signal }),
    () => trim(options),
    () => trimReplays(connection, keys),
    () => forgetPublishers(options),
    () => expireDeadLetters(options),
    () => freeQueues(options, signal),
    () => warnOfDeadLetters(options),
  ];
  for (const step of steps) {
    if (signal.aborted) return;
    await step();
  }
}

async function removeDeadConsumers({ connection, keys, group, logger, leaseMs }: MaintainOptions): Promise<void> {
  for (const stream of [keys.events, keys.replay]) {
    const { consumers, alive, name } = group;
    const call = removeConsumersScript.call({ stream, consumers, alive, group: name, deadAfterMs: 3 * leaseMs });
    const removed = await connection.tryOnce(call);
    if (removed.length > 0) logger.info({ consumers: removed }, 'removed dead consumers');
  }
}

async function retireHandlers({ connection, keys, group, logger, settings }: MaintainOptions): Promise<void> {
  const { state, handlers, seen, scheduledRetries: retries, claims, dead, since, ahead, heads, waiting } = group;
  const names = await connection.tryOnce((redis) => redis.hkeys(handlers));
  const parked = await readParkedNames(connection, group);
  const { dlq, log } = keys;
  const call = retireHandlersScript.call({
    state,
    handlers,
    seen,
    retries,
    claims,
    dead,
    dlq,
    log,
    since,
    ...keys.counters(connection.now()),
    ahead,
    heads,
    waiting,
    group: group.name,
    graceMs: settings.handlerGraceMs,
    iso: isoNow(connection),
    limit: retireStep,
    named: names.map((handler) => ({ due: group.due(handler), handler })),
    parked: parked.map(({ name, handler }) => ({ set: group.due(name), name, handler })),
  });
  const [retired, moved] = await connection.tryOnce(call);
  if (retired.length === 0) return;
  logger.warn(
    { handlers: retired, deadLetters: moved },
    'retired handlers that no process has had within handlerGraceMs',
  );
}

async function expireParked(options: MaintainOptions): Promise<void> {
  const { connection, keys, group, deadLetterHolds, logger, settings } = options;
  const parked = await readParkedNames(connection, group);
  if (parked.length === 0) return;
  const { scheduledRetries: retries, claims, dead, ahead, heads, waiting, due } = group;
  const { dlq, log } = keys;
  const call = expireParkedScript.call({
    heads,
    waiting,
    ahead,
    retries,
    claims,
    dead,
    dlq,
    log,
    ...keys.counters(connection.now()),
    group: group.name,
    maxParkMs: settings.maxParkMs,
    iso: isoNow(connection),
    limit: expireStep,
    parked: parked.map(({ name, handler, type, version }) => {
      // If this process does not have the handler, one that has it frees the queue.
      const leaves = deadLetterHolds(handler) === false ? 1 : 0;
      const message = aheadMessage(group.name, type, version);
      return { set: due(name), due: due(handler), name, handler, leaves, message };
    }),
  });
  let expired = 0;
  for (;;) {
    const step = await connection.tryOnce(call);
    expired += step;
    if (step < expireStep) break;
  }
  if (expired > 0)
    logger.error({ expired }, 'parked events became dead letters: no build that can read them was deployed');
}

async function trim({ connection, keys, logger, settings }: MaintainOptions): Promise<void> {
  const { eventsMs, logMs, replayMs, maxHoldMs } = settings;
  const { events: stream, log, replay, groups } = keys;
  const [events, held, passed] = await runForGroups(connection, keys, (names) => {
    const known = names.map((name) => ({
      state: keys.group(name).state,
      closed: keys.group(name).closed,
      group: name,
    }));
    const limits = { eventsMs, logMs, replayMs, maxHoldMs, limit: expireStep };
    return connection.tryOnce(trimScript.call({ events: stream, log, replay, groups, ...limits, known }));
  });
  if (events > 0) logger.info({ events }, 'trimmed events that are older than their retention');
  for (const [group, oldest] of held) {
    logger.warn(
      { group, oldest },
      'a group holds back trimming: it has unfinished events that are older than the retention',
    );
  }
  for (const [group, oldest] of passed) {
    logger.error(
      { group, oldest },
      'a group held back trimming for too long, or is retired: its oldest unfinished events expire',
    );
  }
}

/**
 * Runs a script that needs the keys of every group that it finds. If keys are missing, the script does nothing and replies
 * the names of these groups; it is then called again with their keys.
 */
async function runForGroups<Result extends readonly unknown[]>(
  connection: Link,
  keys: Keys,
  run: (groups: readonly string[]) => Promise<ForGroups<Result>>,
): Promise<Result> {
  const groups = new Set(await connection.tryOnce((redis) => redis.hkeys(keys.groups)));
  for (;;) {
    const reply = await run([...groups]);
    if (reply[0] === 1) {
      const [, ...result] = reply;
      return result;
    }
    const [, unknown] = reply;
    if (unknown.every((group) => groups.has(group))) {
      throw new EventBusError(
        'INTERNAL',
        `a script reported groups as missing that were passed to it: ${unknown.join(', ')}`,
      );
    }
    for (const group of unknown) groups.add(group);
  }
}

async function expireDeadLetters({ connection, keys, logger, settings }: MaintainOptions): Promise<void> {
  let expired = 0;
  for (;;) {
    const [step] = await runForGroups(connection, keys, (names) => {
      const known = names.map((name) => ({
        dead: keys.group(name).dead,
        closed: keys.group(name).closed,
        group: name,
      }));
      const limits = { retentionMs: settings.deadLettersMs, limit: expireStep };
      return connection.tryOnce(expireDeadLettersScript.call({ dlq: keys.dlq, log: keys.log, ...limits, known }));
    });
    expired += step;
    if (step < expireStep) break;
  }
  if (expired > 0) logger.warn({ expired }, 'deleted dead letters that were older than their retention');
}

async function forgetPublishers({ connection, keys }: MaintainOptions): Promise<void> {
  const { publishers, publishersSeen: seen, published } = keys;
  const limits = { forgetAfterMs: forgetPublisherMs, publishedMs: forgetPublishedMs };
  await connection.tryOnce(forgetPublishersScript.call({ publishers, seen, published, ...limits }));
}

async function warnOfDeadLetters({ connection, keys, logger, settings }: MaintainOptions): Promise<void> {
  const count = await connection.tryOnce((redis) => redis.xlen(keys.dlq));
  if (count >= settings.dlqWarning) logger.warn({ count }, 'the number of dead letters is above the warning limit');
}

function isoNow(connection: Link): string {
  return new Date(connection.now()).toISOString();
}
