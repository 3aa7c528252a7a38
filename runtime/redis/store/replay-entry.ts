import type { HandlerTarget } from '../../operate/replay.js';

/** Who a replay is for, as its entries carry it. */
export interface ReplayTargets {
  /** Groups whose every handler it is for. */
  readonly groups: readonly string[];
  readonly handlers: readonly HandlerTarget[];
}

/** An entry of the replay stream, beside the event in it. */
export interface ReplayedEntry {
  /** Its id in the replay stream. */
  readonly entryId: string;
  /** As {@link refBase} gives it: stands where a live delivery's refs have the stream id alone. */
  readonly base: string;
  /** Whether it is for a handler of this group. */
  readonly isFor: (handler: string) => boolean;
}

const nobody = () => false;
const everybody = () => true;

/** What the refs of an event's deliveries by a replay start with. */
export function refBase(streamId: string, jobId: string): string {
  return `${streamId}@${jobId}`;
}

/** The event's own stream id, from what its refs start with. */
export function streamIdOf(base: string): string {
  return base.slice(0, base.indexOf('@'));
}

/** Reads entries of the replay stream for one group. */
export class ReplayEntryReader {
  readonly #group: string;
  /** Entries of one replay have the same targets: the last ones are kept. */
  #targets = '';
  #isFor: (handler: string) => boolean = nobody;

  constructor(group: string) {
    this.#group = group;
  }

  /** What an entry says beside its event. One that was not written by a replay is for nobody. */
  read(entryId: string, fields: readonly string[] | null): ReplayedEntry {
    const [, , name, base = '', , targets = ''] = fields ?? [];
    if (name !== 'b' || !/^\d+-\d+@[^/@]+$/.test(base)) return { entryId, base: `${entryId}@none`, isFor: nobody };
    if (targets !== this.#targets) {
      this.#targets = targets;
      this.#isFor = this.#predicate(targets);
    }
    return { entryId, base, isFor: this.#isFor };
  }

  #predicate(json: string): (handler: string) => boolean {
    try {
      const { groups, handlers } = JSON.parse(json) as ReplayTargets;
      if (groups.includes(this.#group)) return everybody;
      const own = new Set(handlers.filter(({ group }) => group === this.#group).map(({ handler }) => handler));
      return own.size === 0 ? nobody : (handler) => own.has(handler);
    } catch {
      return nobody;
    }
  }
}
