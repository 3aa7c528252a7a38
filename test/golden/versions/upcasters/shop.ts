import type { LineV1, ShopUpcasters } from '#sdk/shop';

const lineOf = ({ sku, quantity }: LineV1) => ({ sku, qty: quantity });

/** Conversions of data of older versions. */
export const shopUpcasters: ShopUpcasters = {
  OrderPaid: {
    // Euros became cents.
    v1ToV2: (data) => ({ ...data, amount: Math.round(data.amount * 100) }),
  },
  OrderPlaced: {
    v2ToV3: (data) => ({ ...data, lines: data.lines.map(lineOf) }),
  },
};
