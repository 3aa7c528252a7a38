import type { HandlerTarget } from '../../operate/replay.js';

/** The targets of a replay, as stored in its entries. */
export interface ReplayTargets {
  /** Groups of which every handler is a target. */
  readonly groups: readonly string[];
  readonly handlers: readonly HandlerTarget[];
}

/** The replay data of an entry of the replay stream. */
export interface ReplayedEntry {
  /** See {@link deliveryPrefixOf}. For a live delivery, the prefix is the stream id alone. */
  readonly deliveryPrefix: string;
  /** Whether a handler of this group is a target of the replay. */
  readonly isFor: (handler: string) => boolean;
}

const matchesNoHandler = () => false;
const matchesEveryHandler = () => true;

/** `<stream id>@<job id>`: prefix of the refs of an event's deliveries in a replay. */
export function deliveryPrefixOf(streamId: string, jobId: string): string {
  return `${streamId}@${jobId}`;
}

/** The event's stream id in a delivery prefix of a replay. */
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

  /** Reads the replay data of an entry. An entry that no replay has written matches no handler. */
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
