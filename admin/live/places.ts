import type { Identity } from '../auth/tokens.js';
import { AdminError } from '../errors.js';

/** How many streams there may be at once. */
export interface PlaceLimits {
  readonly all: number;
  /** Of one subject, with the tenant that it is bound to. */
  readonly actor: number;
  /** Of all that are bound to one tenant. */
  readonly tenant: number;
}

/** The places of long answers, shared so that no token and no tenant takes those of others. */
export class LivePlaces {
  readonly #limits: PlaceLimits;
  readonly #taken = new Map<string, number>();

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  /**
   * Takes a place. @returns Gives it back; a second call does nothing.
   * @throws AdminError `RATE_LIMITED`
   */
  take({ actor, tenantId }: Pick<Identity, 'actor' | 'tenantId'>): () => void {
    const shares: [key: string, most: number, whose: string][] = [
      ['all', this.#limits.all, 'in all'],
      [JSON.stringify(['actor', actor, tenantId]), this.#limits.actor, 'of one token'],
    ];
    if (tenantId !== undefined) {
      shares.push([JSON.stringify(['tenant', tenantId]), this.#limits.tenant, 'of one tenant']);
    }
    for (const [key, most, whose] of shares) {
      if ((this.#taken.get(key) ?? 0) < most) continue;
      throw new AdminError('RATE_LIMITED', `there are ${most} live streams ${whose} already`, {
        retryAfterSeconds: 30,
      });
    }
    for (const [key] of shares) this.#taken.set(key, (this.#taken.get(key) ?? 0) + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      for (const [key] of shares) {
        const left = (this.#taken.get(key) ?? 0) - 1;
        if (left > 0) this.#taken.set(key, left);
        else this.#taken.delete(key);
      }
    };
  }
}
