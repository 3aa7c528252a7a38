import { EventBusError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { aheadMessage } from '../../operate/parked.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { trimReplays } from '../replay/replay-room.js';
import type { MaintenanceSettings } from '../settings.js';
import { countPublished } from '../statistics/count-published.js';
import { readParkedNames } from '../statistics/parked-sets.js';
import type { GroupKeys, Keys } from '../store/keys.js';
import { expireDeadLettersScript, removeConsumersScript, retireHandlersScript, trimScript } from './maintain.lua.js';
import { expireParkedScript } from './parked.lua.js';

/** How long one round counts what was published, in milliseconds. */
const countLimitMs = 30_000;
/** Rows that one step of retiring a handler moves: keeps the script short. */
const retireStep = 500;
/** Entries and dead letters that one step expires, for the same reason. */
const expireStep = 500;

export interface MaintainOptions {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly group: GroupKeys;
  readonly logger: Logger;
  readonly leaseMs: number;
  readonly settings: MaintenanceSettings;
}

/**
 * One round of maintenance for a group, and of the stream that all share. Each step may run twice without harm.
 * @param signal Ends it after the step that is under way.
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
    () => expireDeadLetters(options),
    () => warnOfDeadLetters(options),
  ];
  for (const step of steps) {
    if (signal.aborted) return;
    await step();
  }
}

async function removeDeadConsumers({ connection, keys, group, logger, leaseMs }: MaintainOptions): Promise<void> {
  for (const stream of [keys.events, keys.replay]) {
    const scriptKeys = [stream, group.consumers, group.alive];
    const removed = await connection.run(removeConsumersScript, scriptKeys, [group.name, 3 * leaseMs]);
    if (Array.isArray(removed) && removed.length > 0) logger.info({ consumers: removed }, 'removed dead consumers');
  }
}

async function retireHandlers({ connection, keys, group, logger, settings }: MaintainOptions): Promise<void> {
  const { state, handlers, seen, scheduledRetries, claims, dead, since, ahead } = group;
  const names = await connection.tryOnce((redis) => redis.hkeys(handlers));
  const parked = await readParkedNames(connection, group);
  const { minute, hour } = keys.counters(connection.now());
  const scriptKeys = [
    state,
    handlers,
    seen,
    scheduledRetries,
    claims,
    dead,
    keys.dlq,
    keys.log,
    since,
    minute,
    hour,
    ahead,
    ...names.map(group.due),
    ...parked.map(({ name }) => group.due(name)),
  ];
  const now = new Date(connection.now()).toISOString();
  const args = [group.name, settings.handlerGraceMs, now, retireStep, names.length, ...names];
  for (const { name, handler } of parked) args.push(name, handler);
  const [retired, moved] = (await connection.run(retireHandlersScript, scriptKeys, args)) as [string[], number];
  if (retired.length === 0) return;
  logger.warn({ handlers: retired, deadLetters: moved }, 'retired handlers that no process has had for long');
}

async function expireParked({ connection, keys, group, logger, settings }: MaintainOptions): Promise<void> {
  const parked = await readParkedNames(connection, group);
  if (parked.length === 0) return;
  const { scheduledRetries, claims, dead, ahead } = group;
  const { minute, hour } = keys.counters(connection.now());
  const sets = parked.map(({ name }) => group.due(name));
  const scriptKeys = [ahead, scheduledRetries, claims, dead, keys.dlq, keys.log, minute, hour, ...sets];
  const args = [group.name, settings.maxParkMs, new Date(connection.now()).toISOString(), expireStep];
  const named = parked.flatMap(({ name, handler, type, version }) => [
    name,
    handler,
    aheadMessage(group.name, type, version),
  ]);
  let expired = 0;
  for (;;) {
    const step = Number(await connection.run(expireParkedScript, scriptKeys, [...args, ...named]));
    expired += step;
    if (step < expireStep) break;
  }
  if (expired > 0) logger.error({ expired }, 'parked events are dead letters: no build that can read them has come');
}

async function trim({ connection, keys, logger, settings }: MaintainOptions): Promise<void> {
  const { eventsMs, logMs, replayMs, maxHoldMs } = settings;
  const reply = await runForGroups(connection, keys, (names) => {
    const groups = names.map((name) => keys.group(name));
    const scriptKeys = [keys.events, keys.log, keys.replay, keys.groups];
    for (const { state, closed } of groups) scriptKeys.push(state, closed);
    return connection.run(trimScript, scriptKeys, [eventsMs, logMs, replayMs, maxHoldMs, expireStep, ...names]);
  });
  const [events, held, passed] = reply as [number, [string, string][], [string, string][]];
  if (events > 0) logger.info({ events }, 'trimmed events that are older than their retention');
  for (const [group, oldest] of held) {
    logger.warn({ group, oldest }, 'a group holds the stream back past its retention: it has unfinished events');
  }
  for (const [group, oldest] of passed) {
    logger.error({ group, oldest }, 'a group held the stream back for too long or is retired: its oldest events go');
  }
}

/**
 * Runs a script that must be given the keys of each group it comes across: it replies the names of those that it was not
 * given, having done nothing, until it was given all.
 */
async function runForGroups(
  connection: RedisConnection,
  keys: Keys,
  run: (groups: readonly string[]) => Promise<unknown>,
): Promise<readonly unknown[]> {
  const groups = new Set(await connection.tryOnce((redis) => redis.hkeys(keys.groups)));
  for (;;) {
    const [done, ...reply] = (await run([...groups])) as [0 | 1, ...unknown[]];
    if (done === 1) return reply;
    const [unknown] = reply as [readonly string[]];
    if (unknown.every((group) => groups.has(group))) {
      throw new EventBusError('INTERNAL', `a script asks again for groups that it was given: ${unknown.join(', ')}`);
    }
    for (const group of unknown) groups.add(group);
  }
}

async function expireDeadLetters({ connection, keys, logger, settings }: MaintainOptions): Promise<void> {
  let expired = 0;
  for (;;) {
    const [step] = (await runForGroups(connection, keys, (names) => {
      const scriptKeys = [keys.dlq, keys.log];
      for (const { dead, closed } of names.map((name) => keys.group(name))) scriptKeys.push(dead, closed);
      return connection.run(expireDeadLettersScript, scriptKeys, [settings.deadLettersMs, expireStep, ...names]);
    })) as [number];
    expired += step;
    if (step < expireStep) break;
  }
  if (expired > 0)
    logger.warn({ expired }, 'dead letters that matchesNoHandler mended are past their retention and gone');
}

async function warnOfDeadLetters({ connection, keys, logger, settings }: MaintainOptions): Promise<void> {
  const count = await connection.tryOnce((redis) => redis.xlen(keys.dlq));
  if (count >= settings.dlqWarning) logger.warn({ count }, 'many dead letters wait for a person');
}
