import { compareStreamIds } from '../../event/stream-id.js';
import type { Logger } from '../../logger.js';
import type { Keys } from '../store/keys.js';
import { streamIdFunctions } from '../store/stream-ids.lua.js';
import type { RedisConnection } from './redis-connection.js';
import { defineScript } from './script.js';

/**
 * Looks for the latest entry that a process knows of, and says in the log what is missing where it is gone. That the stream
 * has later entries proves nothing: another client may have written them after the loss. Not found is a loss after which
 * another client wrote an entry of the same id, in the same millisecond.
 *
 * Not lost is what is older than the first entry of a stream that was trimmed, and what was deleted by its id.
 *
 * KEYS  event stream, log;  ARGV  latest entry known, service
 * Gives nothing when nothing is missing, else {the last entry before it that is there, the last id of the stream}.
 */
const lossScript = defineScript(
  'loss',
  `
${streamIdFunctions}
local known, last, from = ARGV[1], '0-0', '0-0'
if redis.call('EXISTS', KEYS[1]) == 1 then
  if #redis.call('XRANGE', KEYS[1], known, known) == 1 then return false end
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  last = field(info, 'last-generated-id')
  if field(info, 'max-deleted-entry-id') == known then return false end
  local before = redis.call('XREVRANGE', KEYS[1], '(' .. known, '-', 'COUNT', 1)[1]
  if before then
    from = before[1]
  elseif not is_before(last, known) and field(info, 'entries-added') > field(info, 'length') then
    return false
  end
end
local detail = cjson.encode({ reason = 'Redis lost its latest writes', from = from, to = known })
redis.call('XADD', KEYS[2], '*', 'k', 'lost', 'group', ARGV[2], 'handler', '*', 'stream', known, 'd', detail)
return { from, last }
`,
);

/**
 * Remembers the latest entry of the stream that this process has published or read, and finds out after a lost
 * connection whether Redis still has it: one that was killed has lost what it had not yet written to disk.
 */
export class LossWatch {
  readonly #keys: Keys;
  readonly #service: string;
  readonly #logger: Logger;
  #latest = '0-0';

  constructor(keys: Keys, service: string, logger: Logger) {
    this.#keys = keys;
    this.#service = service;
    this.#logger = logger;
  }

  /** Notes an entry's id. */
  observe(streamId: string): void {
    if (compareStreamIds(streamId, this.#latest) > 0) this.#latest = streamId;
  }

  /** Finds out whether the stream still has what was seen last, and reports it once where it has not. */
  async check(connection: RedisConnection): Promise<void> {
    const known = this.#latest;
    if (known === '0-0') return;
    const reply = await connection.run(lossScript, [this.#keys.events, this.#keys.log], [known, this.#service]);
    if (reply === null) return;
    const [from, last] = reply as [string, string];
    if (this.#latest === known) this.#latest = last;
    const message = 'Redis has lost its latest writes: events that were published after `from`, up to `to`, are gone';
    this.#logger.error({ from, to: known }, message);
  }
}
