import type { ClaimReply } from './claim.lua.js';
import type { DeliveryLane } from './delivery.js';
import type { Dispatcher } from './dispatcher.js';
import type { InFlight } from './in-flight.js';

/** Starts the waiting deliveries that this process gets from key queues when it settles their predecessors. */
export class HandOvers {
  readonly #inFlight: InFlight;
  readonly #dispatcher: Dispatcher;
  /** Settles them; undefined before {@link start} and after {@link stop}. */
  #lane: DeliveryLane | undefined;

  constructor(inFlight: InFlight, dispatcher: Dispatcher) {
    this.#inFlight = inFlight;
    this.#dispatcher = dispatcher;
  }

  start(lane: DeliveryLane): void {
    this.#lane = lane;
  }

  /** Accepts none from now on, except those of a call that is under way. */
  stop(): void {
    this.#lane = undefined;
  }

  /**
   * Makes a call that settles up to `leaving` deliveries of key queues; their successors get the places that are free.
   * @param call Gets the maximum number of successors. @param handedOver Returns those in its reply.
   */
  async during<Reply>(
    leaving: number,
    call: (limit: number) => Promise<Reply>,
    handedOver: (reply: Reply) => readonly ClaimReply[],
  ): Promise<Reply> {
    const lane = this.#lane;
    if (lane === undefined || leaving === 0) return call(0);
    const accept = (reply: Reply) => this.#dispatcher.acceptClaims(lane, handedOver(reply));
    const { places, server } = this.#inFlight;
    const request = { server: server(), most: leaving, quarantined: 0 };
    return (await places.reserve(request, call, accept)) ?? call(0);
  }
}
