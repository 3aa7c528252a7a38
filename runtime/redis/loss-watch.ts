import type { Logger } from '../logger.js';
import { compareStreamIds } from './delivery.js';
import type { Keys } from './keys.js';
import type { Link } from './link.js';
import { defineScript } from './script.js';
import { streamIdFunctions } from './scripts/stream-ids.js';

/**
 * Compares the stream with the latest entry that a process knows of, and says in the log what is missing.
 *
 * KEYS  event stream, log;  ARGV  latest entry known, service
 * Gives '' when nothing is missing, else the stream's last id.
 */
const lossScript = defineScript(
  'loss',
  `
${streamIdFunctions}
local last = last_generated(KEYS[1])
if not is_before(last, ARGV[1]) then return '' end
local detail = cjson.encode({ reason = 'Redis lost its latest writes', from = last, to = ARGV[1] })
redis.call('XADD', KEYS[2], '*', 'k', 'lost', 'group', ARGV[2], 'handler', '*', 'stream', ARGV[1], 'd', detail)
return last
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
  saw(streamId: string): void {
    if (compareStreamIds(streamId, this.#latest) > 0) this.#latest = streamId;
  }

  /** Looks whether the stream is behind what was seen, and reports it once. */
  async check(link: Link): Promise<void> {
    const known = this.#latest;
    if (known === '0-0') return;
    const last = String(await link.run(lossScript, [this.#keys.events, this.#keys.log], [known, this.#service]));
    if (last === '') return;
    if (this.#latest === known) this.#latest = last;
    const message = 'Redis has lost its latest writes: events that were published after `from`, up to `to`, are gone';
    this.#logger.error({ from: last, to: known }, message);
  }
}
