import type { AnyEventDefinition } from '../../event/definition.js';
import { consoleLogger, guardedLogger, type Logger } from '../../logger.js';
import {
  checkedElsewhere,
  definitions,
  keyPrefix,
  logger,
  milliseconds,
  type OptionTable,
  orUnlimited,
  type Resolved,
  resolveOptions,
  trueOrFalse,
} from '../../options.js';
import { type RedisTarget, type ResolvedTarget, resolveTarget } from '../connection/redis-target.js';

/** Options of {@link createEventOperator}. */
export interface EventOperatorOptions {
  /** Must equal the services' setting. Default: `REDIS_URL`, else `redis://127.0.0.1:6379`. */
  readonly redis?: RedisTarget;
  /** Must equal the services' setting. Default: `hyvve`. */
  readonly prefix?: string;
  /**
   * Must equal the services' setting. Default: false.
   * @deprecated Partitions will replace it.
   */
  readonly clusterKeys?: boolean;
  /** Default: prints warnings and errors to stderr; `silentLogger` logs nothing. */
  readonly logger?: Logger;
  /** Time after which a call rejects with `UNAVAILABLE`, in milliseconds. Default: no limit. */
  readonly callTimeoutMs?: number;
  /**
   * How long `status` searches the stream for an id that does not say when it was made, in milliseconds. Default 10,000.
   */
  readonly searchMs?: number;
  /** The SDK's definitions: edited data is checked against them. */
  readonly events?: readonly AnyEventDefinition[];
  /**
   * Carry out replays in this process: all there are, also those that were started elsewhere or whose process died.
   * Default: from this operator's first `replays.start` or `resume` on. False: never; another process has to.
   */
  readonly runReplays?: boolean;
}

/** Every option of `createEventOperator`: its default and what it may be. */
export const operatorOptions: OptionTable<EventOperatorOptions> = {
  // What a Redis may be named by is checked where the connection is made.
  redis: { check: checkedElsewhere },
  prefix: { default: 'hyvve', check: keyPrefix },
  clusterKeys: { default: false, check: trueOrFalse },
  logger: { default: consoleLogger, check: logger },
  callTimeoutMs: { default: Number.POSITIVE_INFINITY, check: orUnlimited(milliseconds(1)) },
  searchMs: { default: 10_000, check: milliseconds(1) },
  events: { default: [], check: definitions },
  runReplays: { check: trueOrFalse },
};

/** {@link EventOperatorOptions} with every default filled in. */
export interface OperatorSettings extends Resolved<Omit<EventOperatorOptions, 'redis' | 'runReplays'>> {
  readonly redis: ResolvedTarget;
  readonly runReplays: boolean | undefined;
}

/** Fills in the defaults. @throws EventBusError `CONFIG_INVALID`, naming the option. */
export function resolveOperatorOptions(options: EventOperatorOptions): OperatorSettings {
  const caller = 'createEventOperator';
  const resolved = resolveOptions<EventOperatorOptions, 'redis' | 'runReplays'>(caller, operatorOptions, options);
  const { redis, runReplays } = resolved;
  return { ...resolved, redis: resolveTarget(caller, redis), runReplays, logger: guardedLogger(resolved.logger) };
}
