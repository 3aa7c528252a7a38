import type { Upcast } from '@hyvve-events/runtime/codegen';
import type { Order, OrderV2, Payment, PaymentV1, ShopUpcasters } from '../golden/versions/expected/shop.js';

const placed: Upcast<OrderV2, Order> = (data) => ({
  ...data,
  lines: data.lines.map(({ sku, quantity }) => ({ sku, qty: quantity })),
});
const paid: Upcast<PaymentV1, Payment> = (data, event) => ({ ...data, amount: data.amount * event.version.length });

export const complete: ShopUpcasters = { OrderPlaced: { v2ToV3: placed }, OrderPaid: { v1ToV2: paid } };

// @ts-expect-error an event is missing
export const withoutEvent: ShopUpcasters = { OrderPlaced: { v2ToV3: placed } };

// @ts-expect-error a step is missing
export const withoutStep: ShopUpcasters = { OrderPlaced: {}, OrderPaid: { v1ToV2: paid } };

export const wrongResult: ShopUpcasters = {
  OrderPlaced: { v2ToV3: placed },
  // @ts-expect-error the amount is not a text
  OrderPaid: { v1ToV2: (data) => ({ ...data, amount: 'much' }) },
};

export const oldResult: ShopUpcasters = {
  // @ts-expect-error the older version is not the present one
  OrderPlaced: { v2ToV3: (data) => data },
  OrderPaid: { v1ToV2: paid },
};

export const unknownStep: ShopUpcasters = {
  OrderPlaced: { v2ToV3: placed },
  // @ts-expect-error version 2 is not older
  OrderPaid: { v1ToV2: paid, v2ToV3: paid },
};

export const unknownField: ShopUpcasters = {
  OrderPlaced: { v2ToV3: placed },
  // @ts-expect-error the context has no data
  OrderPaid: { v1ToV2: (data, event) => ({ ...data, amount: event.data }) },
};
