import { defineEvent, type EventDefinition, type Validate, type ValidationError } from '@hyvve-events/runtime';

export interface Order {
  readonly orderId: string;
  readonly amount: number;
}

/** A hand-written validator of {@link Order}: closed when strict, open when tolerant. */
function orderValidator(): Validate<Order> {
  const validate = ((data: unknown, tolerant = false) => {
    const errors: ValidationError[] = [];
    const value = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
    const report = (instancePath: string, keyword: string, params: Record<string, unknown>, message: string) =>
      errors.push({ instancePath, schemaPath: `#/${keyword}`, keyword, params, message });
    if (typeof value.orderId !== 'string') report('/orderId', 'type', { type: 'string' }, 'must be string');
    if (typeof value.amount !== 'number') report('/amount', 'type', { type: 'number' }, 'must be number');
    for (const name of Object.keys(value)) {
      if (!tolerant && name !== 'orderId' && name !== 'amount') {
        report('', 'additionalProperties', { additionalProperty: name }, 'must NOT have additional properties');
      }
    }
    validate.errors = errors.length === 0 ? null : errors;
    return errors.length === 0;
  }) as Validate<Order>;
  validate.errors = null;
  return validate;
}

function order<Type extends string>(type: Type, key: string): EventDefinition<Type, Order> {
  return defineEvent<Type, Order>({
    type,
    key,
    version: '1.0.0',
    domain: type.split('.')[0] ?? '',
    validate: orderValidator(),
  });
}

/** The event in a build with another SDK version. @param accepts Data that is valid there, in addition to orders. */
export function atVersion<Type extends string, Data = Order>(
  event: EventDefinition<Type, Data>,
  version: string,
  accepts: (data: unknown) => boolean = () => false,
): EventDefinition<Type, Data> {
  const validate = Object.assign(
    (data: unknown, tolerant?: boolean): data is Data => {
      const isValid = accepts(data) || event.validate(data, tolerant);
      validate.errors = isValid ? null : event.validate.errors;
      return isValid;
    },
    { errors: null as readonly ValidationError[] | null },
  );
  return { ...event, version, validate };
}

export const OrderPlaced = order('shop.order.placed', 'OrderPlaced');
export const OrderPaid = order('shop.order.paid', 'OrderPaid');
/** An event of a domain whose name starts like `shop`. */
export const ShopsOpened = order('shops.shop.opened', 'ShopsOpened');
export const allEvents = [OrderPlaced, OrderPaid, ShopsOpened];

/** Its ordering key is the order. */
export const OrderPacked = defineEvent({
  ...order('shop.order.packed', 'OrderPacked'),
  orderingKey: ({ orderId }) => orderId,
  orderingKeyAt: '/orderId',
});
/** Its ordering key is the order, which also determines its partition. */
export const OrderSorted = defineEvent({
  ...order('shop.order.sorted', 'OrderSorted'),
  orderingKey: ({ orderId }) => orderId,
  orderingKeyAt: '/orderId',
  partitionBy: 'ordering-key',
});
export const keyedEvents = [OrderPacked, OrderSorted];

export const anOrder: Order = { orderId: 'ord_1', amount: 12.5 };
