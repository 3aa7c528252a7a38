import { TurnoverMap } from '../../support/turnover-map.js';
import type { RedisDelivery } from './delivery.js';
import type { Places } from './places.js';

/** The deliveries of one partition in flight in this process: until Redis has recorded their outcomes. */
export class InFlight {
  /** The places of the process. */
  readonly places: Places;
  /** The server that has the partition at present; undefined if none is known. */
  readonly server: () => string | undefined;
  readonly #deliveries = new TurnoverMap<string, RedisDelivery>();
  readonly #quarantined = new Set<RedisDelivery>();

  constructor(places: Places, server: () => string | undefined) {
    this.places = places;
    this.server = server;
  }

  get(key: string): RedisDelivery | undefined {
    return this.#deliveries.get(key);
  }

  [Symbol.iterator](): Iterator<RedisDelivery> {
    return this.#deliveries[Symbol.iterator]();
  }

  add(delivery: RedisDelivery): void {
    const before = this.#deliveries.size;
    this.#deliveries.set(delivery.key, delivery);
    // A delivery that is lost, but whose outcome is under way, was replaced.
    if (this.#deliveries.size === before) this.places.released();
    if (delivery.quarantined) this.#quarantined.add(delivery);
    this.places.started(isReplay(delivery), delivery.quarantined);
  }

  /** To be called when the last handler of a delivery has ended. */
  ended(delivery: RedisDelivery): void {
    this.places.ended(isReplay(delivery));
  }

  /** To be called when Redis has recorded the outcome of a delivery, or the delivery is lost. */
  release(delivery: RedisDelivery): void {
    const wasQuarantined = this.#quarantined.delete(delivery);
    // A lost delivery that was taken over again is a new delivery with the same key.
    if (this.#deliveries.delete(delivery.key, delivery)) this.places.released();
    if (wasQuarantined) this.places.quarantineReleased();
  }
}

function isReplay({ lane }: RedisDelivery): boolean {
  return lane.spec.kind === 'replay';
}
