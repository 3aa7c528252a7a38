// Compiled by `npm run typecheck`, never run: every line after @ts-expect-error must not compile, all others must.
import type { Envelope, EventDefinition, Upcast, UpcastContext } from '@hyvve-events/runtime/codegen';
import { type PaidV1, type PaidV2, settledV2 } from '../support/events/versioned.js';

interface Upcasters {
  readonly OrderSettled: { readonly v1ToV2: Upcast<PaidV1, PaidV2> };
}

export function steps(): void {
  const step: Upcast<PaidV1, PaidV2> = (data) => ({ ...data, amount: data.amount * 100 });
  const withContext: Upcast<PaidV1, PaidV2> = (data, event) => ({ ...data, note: event.userId ?? event.source });
  // @ts-expect-error a step is synchronous
  const later: Upcast<PaidV1, PaidV2> = async (data) => data;
  // @ts-expect-error data of another form
  const wrong: Upcast<PaidV1, PaidV2> = ({ orderId }) => ({ orderId });
  // @ts-expect-error a property of another type
  const text: Upcast<PaidV1, PaidV2> = (data) => ({ ...data, amount: String(data.amount) });
  // @ts-expect-error a step is missing
  const missing: Upcasters = { OrderSettled: {} };
  void [step, withContext, later, wrong, text, missing];
}

export function context(event: UpcastContext): void {
  const [id, version] = [event.id, event.version];
  // @ts-expect-error the data is the first argument
  const { data } = event;
  // @ts-expect-error a step cannot change the envelope
  event.tenantId = 'another';
  // @ts-expect-error the version was written: no step has run before
  const from = event.upcastFrom;
  void [id, version, data, from];
}

/** A handler gets data of the present version only, and the version that was written. */
export function handler(event: EventOf<typeof present>): void {
  const cents: number = event.data.amount;
  const from: string | undefined = event.upcastFrom;
  // @ts-expect-error there is no property of another version
  const { currency } = event.data;
  void [cents, from, currency];
}

const present = settledV2();
type EventOf<Definition> = Definition extends EventDefinition<infer Type, infer Data> ? Envelope<Type, Data> : never;
