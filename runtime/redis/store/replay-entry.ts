import type { HandlerTarget } from '../../operate/replay.js';

/** Who a replay is for, as its entries carry it. */
export interface ReplayTargets {
  /** Groups whose every handler it is for. */
  readonly groups: readonly string[];
  readonly handlers: readonly HandlerTarget[];
}

/** An entry of the replay stream, beside the event in it. */
export interface ReplayedEntry {
  /** See {@link deliveryPrefixOf}. The refs of a live delivery start with the stream id alone. */
  readonly deliveryPrefix: string;
  /** Whether it is for a handler of this group. */
  readonly isFor: (handler: string) => boolean;
}

const matchesNoHandler = () => false;
const matchesEveryHandler = () => true;

/** The start of the refs of an event's deliveries by a replay. */
export function deliveryPrefixOf(streamId: string, jobId: string): string {
  return `${streamId}@${jobId}`;
}

/** The event's own stream id, from what its refs start with. */
export function streamIdOfPrefix(deliveryPrefix: string): string {
  return deliveryPrefix.slice(0, deliveryPrefix.indexOf('@'));
}

/** Reads entries of the replay stream for one group. */
export class ReplayEntryReader {
  readonly #group: string;
  /** Entries of one replay have the same targets: the last ones are cached. */
  #targets = '';
  #isFor: (handler: string) => boolean = matchesNoHandler;

  constructor(group: string) {
    this.#group = group;
  }

  /** What an entry says beside its event. An entry that no replay wrote matches no handler. */
  read(entryId: string, fields: readonly string[] | null): ReplayedEntry {
    const [, , name, deliveryPrefix = '', , targets = ''] = fields ?? [];
    if (name !== 'b' || !/^\d+-\d+@[^/@]+$/.test(deliveryPrefix))
      return { deliveryPrefix: `${entryId}@none`, isFor: matchesNoHandler };
    if (targets !== this.#targets) {
      this.#targets = targets;
      this.#isFor = this.#predicate(targets);
    }
    return { deliveryPrefix, isFor: this.#isFor };
  }

  #predicate(json: string): (handler: string) => boolean {
    try {
      const { groups, handlers } = JSON.parse(json) as ReplayTargets;
      if (groups.includes(this.#group)) return matchesEveryHandler;
      const own = new Set(handlers.filter(({ group }) => group === this.#group).map(({ handler }) => handler));
      return own.size === 0 ? matchesNoHandler : (handler) => own.has(handler);
    } catch {
      return matchesNoHandler;
    }
  }
}
