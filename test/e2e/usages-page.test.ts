import { afterAll, beforeAll, describe, it } from 'vitest';
import { perform, sectionsOf } from '../support/catalogs/page.js';
import { createShop, type Shop } from '../support/catalogs/shop.js';
import { addPackages } from '../support/usages/shop-services.js';

const page = { path: 'docs/usages.md' };

describe('docs/usages.md', async () => {
  const [, ...sections] = await sectionsOf(page.path);
  let shop: Shop;
  beforeAll(async () => {
    shop = await createShop();
    await addPackages(shop);
  });
  afterAll(() => shop.remove());

  it.each(sections)('$name', async (section) => {
    await perform(page, section, shop.path);
  });
});
