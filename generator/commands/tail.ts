import { follow } from '../tail/follow.js';
import { recordText } from '../tail/record-text.js';
import type { TailRecord } from '../tail/tail-record.js';
import { reportingBusErrors } from './bus-errors.js';
import type { Command, CommonFlags } from './command.js';
import { type RedisFlags, redisOptions, redisTarget } from './redis-flags.js';

interface Flags extends CommonFlags, RedisFlags {
  readonly data?: boolean;
}

/** Time after which a call to Redis fails, in milliseconds. */
const callTimeoutMs = 5_000;

export const tail: Command<Flags> = {
  name: 'tail',
  summary: 'Print events and the outcomes of their handlers as they happen, until Ctrl-C.',
  arguments: [{ name: '[pattern]', description: 'an event type or a pattern such as order.* (default: all events)' }],
  options: [
    { flags: '--data', description: 'print the data of events, which may contain personal data' },
    ...redisOptions,
  ],
  help: `On a terminal one line for each event and outcome; in a pipe, or with --format json, one JSON document per line.
Reads the streams without a consumer group: it changes nothing for the services.

Examples:
  $ hyvve-events tail
  $ hyvve-events tail 'order.*' --data
  $ hyvve-events tail | jq 'select(.outcome == "dead")'`,
  ifFailed: 'ended',
  async run(flags, io, pattern = '*') {
    const { createEventOperator, matchesPattern } = await import('@hyvve-events/runtime');
    const { isTTY } = process.stdout;
    const asJson = flags.format === 'json' || (flags.format === undefined && !isTTY);
    const coloured = isTTY && process.env.NO_COLOR === undefined;
    const following = {
      matches: (type: string) => matchesPattern(pattern, type),
      withData: flags.data === true,
      onRecord: (record: TailRecord) => io.onLine(asJson ? JSON.stringify(record) : recordText(record, coloured)),
      onConnection: (isAvailable: boolean) =>
        process.stderr.write(isAvailable ? 'Redis is available again\n' : 'Redis is not available: waiting for it\n'),
      signal: io.signal,
    };
    await reportingBusErrors('tail', async () => {
      const operator = createEventOperator({ ...redisTarget(flags), callTimeoutMs, runReplays: false });
      try {
        await follow(operator, following);
      } finally {
        await operator.close();
      }
    });
    return { exitCode: 0, problems: [], lines: [] };
  },
};
