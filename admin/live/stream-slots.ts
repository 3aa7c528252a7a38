import type { Identity } from '../auth/tokens.js';
import { AdminError } from '../errors.js';

/** Maximum numbers of open live streams. */
export interface StreamLimits {
  /** In total. */
  readonly all: number;
  /** Of one subject and the tenant that it is bound to. */
  readonly actor: number;
  /** Of all tokens that are bound to one tenant. */
  readonly tenant: number;
}

/** Limits the open live streams, so that one token or one tenant cannot use all of them. */
export class StreamSlots {
  readonly #limits: StreamLimits;
  readonly #used = new Map<string, number>();

  constructor(limits: StreamLimits) {
    this.#limits = limits;
  }

  /**
   * Reserves a slot for a stream.
   * @returns A function that releases the slot; a second call does nothing.
   * @throws AdminError `RATE_LIMITED` if a limit is reached
   */
  reserve({ actor, tenantId }: Pick<Identity, 'actor' | 'tenantId'>): () => void {
    const counters: [key: string, limit: number, scope: string][] = [
      ['all', this.#limits.all, 'in total'],
      [JSON.stringify(['actor', actor, tenantId]), this.#limits.actor, 'for this token'],
    ];
    if (tenantId !== undefined) {
      counters.push([JSON.stringify(['tenant', tenantId]), this.#limits.tenant, 'for this tenant']);
    }
    for (const [key, limit, scope] of counters) {
      if ((this.#used.get(key) ?? 0) < limit) continue;
      throw new AdminError('RATE_LIMITED', `there are already ${limit} live streams ${scope}`, {
        retryAfterSeconds: 30,
      });
    }
    for (const [key] of counters) this.#used.set(key, (this.#used.get(key) ?? 0) + 1);
    let isReserved = true;
    return () => {
      if (!isReserved) return;
      isReserved = false;
      for (const [key] of counters) {
        const left = (this.#used.get(key) ?? 0) - 1;
        if (left > 0) this.#used.set(key, left);
        else this.#used.delete(key);
      }
    };
  }
}
