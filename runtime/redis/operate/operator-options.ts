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
import { type RedisTarget, resolveTarget } from '../connection/redis-target.js';
import type { ResolvedTarget } from '../connection/resolved-target.js';

/** Options of {@link createEventOperator}. */
export interface EventOperatorOptions {
  /** Must equal the services' setting. Default: `REDIS_URL`, else `redis://127.0.0.1:6379`. */
  readonly redis?: RedisTarget;
  /** Must equal the services' setting. Default: `hyvve`. */
  readonly prefix?: string;
  /** Default: prints warnings and errors to stderr; `silentLogger` logs nothing. */
  readonly logger?: Logger;
  /** Time after which a call rejects with `UNAVAILABLE`, in milliseconds. Default: no limit. */
  readonly callTimeoutMs?: number;
  /**
   * Maximum time that `status` searches the stream for an id that does not contain its time, in milliseconds. Default 10,000.
   */
  readonly searchMs?: number;
  /** The SDK's event definitions: edited data is validated against them. Default: none. */
  readonly events?: readonly AnyEventDefinition[];
  /**
   * True: run replays in this process, also those that were started by another process or whose process died. False: never;
   * another process must run them. Default: from this operator's first `replays.start` or `resume` on.
   */
  readonly runReplays?: boolean;
}

/** Every option of `createEventOperator`, with its default and check. */
export const operatorOptions: OptionTable<EventOperatorOptions> = {
  // `resolveTarget` checks this option.
  redis: { check: checkedElsewhere },
  prefix: { default: 'hyvve', check: keyPrefix },
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
