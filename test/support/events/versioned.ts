import {
  defineEvent,
  type EventDefinition,
  type OlderVersion,
  type UpcastContext,
} from '@hyvve-events/runtime/codegen';
import { objectValidator } from './items.js';

/** Data of version 1. */
export interface PaidV1 {
  readonly orderId: string;
  /** In euros. */
  readonly amount: number;
  readonly note?: string;
}

/** Data of version 2: the same form with another meaning. */
export interface PaidV2 {
  readonly orderId: string;
  /** In cents. */
  readonly amount: number;
  readonly note?: string;
}

/** Data of version 3. */
export interface PaidV3 {
  readonly orderId: string;
  readonly cents: number;
  readonly currency: string;
  readonly note?: string;
}

type Step = (data: never, event: UpcastContext) => unknown;

const v1 = objectValidator<PaidV1>({ orderId: 'string', amount: 'number', 'note?': 'string' });
const v2 = objectValidator<PaidV2>({ orderId: 'string', amount: 'number', 'note?': 'string' });
const v3 = objectValidator<PaidV3>({ orderId: 'string', cents: 'number', currency: 'string', 'note?': 'string' });

/** Euros become cents. It copies all other properties. */
export const v1ToV2 = (data: PaidV1): PaidV2 => ({ ...data, amount: Math.round(data.amount * 100) });

/** In the form in which the generator writes derived steps. */
export const v2ToV3 = (data: PaidV2): PaidV3 => ({
  orderId: data.orderId,
  ...(Object.hasOwn(data, 'note') ? { note: data.note as string } : {}),
  cents: data.amount,
  currency: 'EUR',
});

const type = 'shop.order.settled';

function define<Data>(version: string, validate: EventDefinition<string, Data>['validate'], older: OlderVersion[]) {
  const fields = { type, key: 'OrderSettled', version, domain: 'shop', validate } as const;
  return defineEvent<typeof type, Data>(older.length === 0 ? fields : { ...fields, older });
}

/** A build that knows only version 1. */
export const settledV1 = define('1.0.0', v1, []);

/** A build of version 2 that still reads version 1. @param step Replaces the conversion. */
export function settledV2(step: Step = v1ToV2): EventDefinition<typeof type, PaidV2> {
  return define('2.0.0', v2, [{ major: 1, version: '1.0.0', validate: v1, upcast: step }]);
}

/** A build of version 3 that still reads versions 1 and 2. @param steps Replace the conversions. */
export function settledV3(steps: { readonly first?: Step; readonly second?: Step } = {}) {
  return define('3.0.0', v3, [
    { major: 1, version: '1.0.0', validate: v1, upcast: steps.first ?? v1ToV2 },
    { major: 2, version: '2.1.0', validate: v2, upcast: steps.second ?? v2ToV3 },
  ]);
}

/** A build of version 3 in which version 1 is retired. */
export const settledV3Without1 = define('3.0.0', v3, [{ major: 2, version: '2.1.0', validate: v2, upcast: v2ToV3 }]);
