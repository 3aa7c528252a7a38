import { EventBusError } from '../../errors.js';
import { silentLogger } from '../../logger.js';
import {
  type Check,
  checkedElsewhere,
  keyPrefix,
  type OptionTable,
  resolveOptions,
  trueOrFalse,
} from '../../options.js';
import type { Link } from '../connection/link.js';
import { openNodes } from '../connection/open-nodes.js';
import { type RedisTarget, resolveTarget } from '../connection/redis-target.js';
import { format, readMap } from '../partitions/partition-map.js';
import { formerKeys, mapKey, mapTag, partitionKeys, replayJobsTag, timerTag } from '../store/keys.js';
import { countKinds, formerKind } from './former-names.js';
import { livingProcesses } from './living-processes.js';
import {
  beginUndoScript,
  closeFormerScript,
  completeScript,
  completeUndoScript,
  renameScript,
} from './migrate-keys.lua.js';
import { scanKeys } from './scan-keys.js';

/** Options of {@link migrateKeys}. */
export interface MigrateKeysOptions {
  /** Must equal the services' setting. Default: `REDIS_URL`, else `redis://127.0.0.1:6379`. The user must permit all commands. */
  readonly redis?: RedisTarget;
  /** Must equal the services' setting. Default `hyvve`. */
  readonly prefix?: string;
  /** Only count the keys. Default false. */
  readonly dryRun?: boolean;
  /** Give the keys their former names again. Default false. */
  readonly undo?: boolean;
  /** Migrate although processes are alive, and leave keys that exist under both names. Default false. */
  readonly force?: boolean;
  /** Called after each page of keys. */
  readonly onProgress?: (progress: MigrationProgress) => void;
}

/** Number of keys. */
export interface MigrationProgress {
  readonly done: number;
  readonly total: number;
}

/** What {@link migrateKeys} did, or would do. */
export interface MigratedKeys {
  /** False if there was nothing to do. */
  readonly changed: boolean;
  /** Number of renamed keys, by their name or its first word: `{ group: 12, events: 1 }`. */
  readonly renamed: Readonly<Record<string, number>>;
  /** Number of deleted keys of BullMQ. */
  readonly deleted: number;
  /** Keys that were not renamed, because the new name exists too; only with `force`. */
  readonly kept: readonly string[];
}

const optionTable: OptionTable<MigrateKeysOptions> = {
  // `resolveTarget` checks this option.
  redis: { check: checkedElsewhere },
  prefix: { default: 'hyvve', check: keyPrefix },
  dryRun: { default: false, check: trueOrFalse },
  undo: { default: false, check: trueOrFalse },
  force: { default: false, check: trueOrFalse },
  onProgress: { check: { expected: 'a function', holds: (value) => typeof value === 'function' } satisfies Check },
};

/** Maximum number of keys of one call. */
const batchSize = 200;

/**
 * Renames the keys of storage format 1 (`hyvve:events`) to those of format 2 (`{hyvve:0}:events`), deletes the jobs of BullMQ, and
 * creates the partition map with one partition. It can be repeated after it was interrupted. All services must have been stopped.
 * @throws EventBusError `CONFLICT`: processes are alive, or keys exist under both names; `REDIS_UNSUITABLE`: another bus has keys
 * that have the same names, or the bus has several partitions (undo); `REDIS_CLUSTER`; errors of `Link.ask`
 */
export async function migrateKeys(options: MigrateKeysOptions = {}): Promise<MigratedKeys> {
  const caller = 'migrateKeys';
  const settings = resolveOptions<MigrateKeysOptions, 'redis' | 'onProgress'>(caller, optionTable, options);
  const nodes = openNodes({
    target: resolveTarget(caller, settings.redis),
    name: 'hyvve-events:migrate-keys',
    logger: silentLogger,
    replyTimeoutMs: 30_000,
    callTimeoutMs: 10_000,
  });
  try {
    return await new Migration(nodes.link(mapTag(settings.prefix)), settings).run();
  } finally {
    nodes.close();
  }
}

type Settings = Pick<MigrateKeysOptions, 'onProgress'> &
  Readonly<Record<'dryRun' | 'undo' | 'force', boolean> & Record<'prefix', string>>;

/** The keys of a bus. */
interface Found {
  /** Names of the keys to rename, without their beginning. */
  readonly names: readonly string[];
  /** BullMQ's keys, of both formats. */
  readonly jobs: readonly string[];
}

class Migration {
  readonly #link: Link;
  readonly #settings: Settings;
  /** Beginnings of the names of both formats. */
  readonly #former: string;
  readonly #present: string;

  constructor(link: Link, settings: Settings) {
    this.#link = link;
    this.#settings = settings;
    this.#former = `${settings.prefix}:`;
    this.#present = `{${settings.prefix}:0}:`;
  }

  async run(): Promise<MigratedKeys> {
    const { prefix, undo, dryRun, force } = this.#settings;
    const link = this.#link;
    const map = await link.ask(() => readMap(link, prefix));
    const former = await link.ask((redis) => redis.type(formerKeys(prefix).events));
    if (undo ? map === undefined && former !== 'string' : map !== undefined && former !== 'stream') return nothing;
    if (!undo && map !== undefined) throw bothFormats(prefix);
    if (undo && map !== undefined && map.count > 1) throw severalPartitions(map.count);
    const found = await this.#find(undo ? this.#present : this.#former);
    if (!undo && former === 'none' && found.names.length === 0) return nothing;
    const counts = { renamed: countKinds(found.names), deleted: found.jobs.length };
    if (dryRun) return { changed: true, ...counts, kept: [] };
    if (!force) await this.#checkNobodyLives();
    const kept = await (undo ? this.#undo(found) : this.#migrate(found));
    return { changed: true, ...counts, kept };
  }

  async #migrate({ names, jobs }: Found): Promise<readonly string[]> {
    const { prefix } = this.#settings;
    const { events, partition } = partitionKeys(prefix, 0);
    const former = formerKeys(prefix).events;
    // From here on, processes of the former version fail, and those of this version do not start until the map exists.
    const closed = await this.#link.ask(closeFormerScript.call({ former, events, text: textAt(events) }));
    if (closed === 0) throw bothFormats(prefix);
    const kept = await this.#rename(names, this.#former, this.#present);
    await this.#delete(jobs);
    await this.#link.ask(completeScript.call({ map: mapKey(prefix), partition, format }));
    return kept;
  }

  async #undo({ names, jobs }: Found): Promise<readonly string[]> {
    const { prefix } = this.#settings;
    const { events, partition } = partitionKeys(prefix, 0);
    const former = formerKeys(prefix).events;
    await this.#link.ask(beginUndoScript.call({ former, map: mapKey(prefix), partition, text: textAt(events) }));
    const kept = await this.#rename(names, this.#present, this.#former);
    await this.#delete(jobs);
    // Last: processes of the former version start from here on.
    await this.#link.ask(completeUndoScript.call({ former, events, partition }));
    return kept;
  }

  async #checkNobodyLives(): Promise<void> {
    const { prefix } = this.#settings;
    const living = new Set<string>();
    for (const keys of [formerKeys(prefix), partitionKeys(prefix, 0)]) {
      for (const name of await livingProcesses(this.#link, keys)) living.add(name);
    }
    if (living.size === 0) return;
    const problem = `${living.size} processes are alive (${[...living].slice(0, 5).join(', ')})`;
    const fix =
      'stop all services and repeat; a killed process counts as alive for a minute; --force migrates all the same';
    throw new EventBusError('CONFLICT', `${problem}: nothing was changed; fix: ${fix}`);
  }

  /** Finds the keys of the bus by their names. @param start Beginning of the names of the keys to rename. */
  async #find(start: string): Promise<Found> {
    const { prefix } = this.#settings;
    const [names, jobs] = [new Set<string>(), new Set<string>()];
    for (const each of [this.#former, this.#present]) {
      for await (const keys of scanKeys(this.#link, each)) {
        for (const key of keys) {
          const name = key.slice(each.length);
          const kind = formerKind(name);
          if (kind !== undefined && each === this.#former) await this.#checkOwner(name);
          if (kind === 'delete') jobs.add(key);
          else if (kind === 'rename' && each === start) names.add(name);
        }
      }
    }
    const ofTimers = `{${timerTag(prefix, '')}`;
    const ofReplays = `{${replayJobsTag(prefix)}}:replays:`;
    for await (const keys of scanKeys(this.#link, `{${prefix}:`)) {
      for (const key of keys) {
        const isTimer = key.startsWith(ofTimers) && /^[^}]*\}:jobs:/.test(key.slice(ofTimers.length));
        if (isTimer || key.startsWith(ofReplays)) jobs.add(key);
      }
    }
    return { names: [...names], jobs: [...jobs] };
  }

  /** Refuses the event stream of a bus whose prefix begins with the names of this bus: `hyvve:group`. */
  async #checkOwner(name: string): Promise<void> {
    if (name === 'events' || !name.endsWith(':events')) return;
    const key = this.#former + name;
    if ((await this.#link.ask((redis) => redis.type(key))) !== 'stream') return;
    const [entry] = await this.#link.ask((redis) => redis.xrange(key, '-', '+', 'COUNT', 1));
    // BullMQ also has a stream with this name for each queue.
    if (formerKind(name) === 'delete' && name.split(':').length > 2 && entry?.[1][0] !== 'e') return;
    const other = key.slice(0, -':events'.length);
    const problem = `the keys of the bus with the prefix ${other} have the same names as those of ${this.#settings.prefix}`;
    throw new EventBusError('REDIS_UNSUITABLE', `${problem}: nothing was changed; fix: migrate that bus first`);
  }

  /** Renames all keys but the event stream. Returns those whose new name also exists. */
  async #rename(names: readonly string[], start: string, to: string): Promise<readonly string[]> {
    const { force, onProgress } = this.#settings;
    const kept = new Set<string>();
    const others = names.filter((name) => name !== 'events');
    for (let at = 0; at < others.length; at += batchSize) {
      const pairs = others.slice(at, at + batchSize).map((name) => ({ from: start + name, to: to + name }));
      for (const key of await this.#link.ask(renameScript.call({ pairs }))) kept.add(key);
      onProgress?.({ done: at + pairs.length, total: others.length });
    }
    if (kept.size === 0 || force) return [...kept];
    const problem = `${kept.size} keys exist under both names (${[...kept].slice(0, 5).join(', ')}): the migration is not complete`;
    const fix = 'stop the processes that wrote them, delete those that are not needed, and repeat';
    throw new EventBusError('CONFLICT', `${problem}; fix: ${fix}; --force leaves them`);
  }

  async #delete(keys: readonly string[]): Promise<void> {
    for (let at = 0; at < keys.length; at += batchSize) {
      await this.#link.ask((redis) => redis.del(keys.slice(at, at + batchSize)));
    }
  }
}

const nothing: MigratedKeys = { changed: false, renamed: {}, deleted: 0, kept: [] };

function textAt(events: string): string {
  return `the event stream is ${events}: use a version of the runtime with partitions`;
}

function bothFormats(prefix: string): EventBusError {
  const problem = `there are event streams of both formats (${formerKeys(prefix).events}, ${partitionKeys(prefix, 0).events})`;
  const fix = 'delete the one that is not needed';
  return new EventBusError('CONFLICT', `${problem}: nothing was changed; fix: ${fix}`);
}

function severalPartitions(count: number): EventBusError {
  const problem = `the bus has ${count} partitions, and the former version reads one`;
  return new EventBusError('REDIS_UNSUITABLE', `${problem}: nothing was changed; the migration cannot be undone`);
}
