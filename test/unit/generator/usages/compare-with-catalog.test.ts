import type { UndecidedUsage, Usage } from '@hyvve-events/catalog-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RuleSettings } from '../../../../generator/config/config.js';
import { readLocalCatalog } from '../../../../generator/pipeline.js';
import { Cache } from '../../../../generator/support/cache.js';
import { mergeProblems } from '../../../../generator/support/problems.js';
import { catalogOperations } from '../../../../generator/usages/catalog-operations.js';
import { compareWithCatalog } from '../../../../generator/usages/compare-with-catalog.js';
import type { FoundUsages } from '../../../../generator/usages/find-usages.js';
import { createShop, type Shop } from '../../../support/catalogs/shop.js';

const place = { file: 'a.ts', line: 1, column: 1 };
const nothing: FoundUsages = {
  services: [],
  usages: [],
  undecided: [],
  unnamed: [],
  files: new Set(),
  tests: new Set(),
  problems: [],
  usesSdk: true,
};
const service = (name: string) => ({ name, file: `${name}.ts`, line: 1 });
const usage = (kind: Usage['kind'], type: string, services: readonly string[]): Usage => ({
  ...place,
  kind,
  type,
  services,
  how: 'test',
});
const undecided = (kind: UndecidedUsage['kind'], services: readonly string[]): UndecidedUsage => ({
  ...place,
  kind,
  services,
  how: 'test',
  reason: 'test',
});
const [placed, cancelled] = ['order.order.placed', 'order.order.cancelled'];
const orders = [usage('publish', placed, ['orders']), usage('publish', cancelled, ['orders'])];

/** The shop's catalog: `orders` sends both events, `billing` receives both. */
let shop: Shop;
beforeAll(async () => {
  shop = await createShop();
});
afterAll(() => shop.remove());

function compare(found: Partial<FoundUsages>, rules: RuleSettings = {}) {
  const catalog = `${shop.path}/catalog/asyncapi.yaml`;
  const { events } = readLocalCatalog({ catalog }).model;
  const operations = catalogOperations({ catalog, events, cache: new Cache() });
  return compareWithCatalog({ ...nothing, ...found }, { events, catalog: operations, rules });
}
const codes = (found: Partial<FoundUsages>, rules?: RuleSettings) =>
  mergeProblems(compare(found, rules).problems).map(
    ({ code, severity, message }) => `${severity} ${code} ${message.match(/order\.order\.\w+/)?.[0] ?? ''}`,
  );

describe('compareWithCatalog', () => {
  it('finds nothing where code and catalog agree', () => {
    const billing = [usage('handle', placed, ['billing']), usage('handle', cancelled, ['billing'])];
    expect(codes({ services: [service('orders'), service('billing')], usages: [...orders, ...billing] })).toEqual([]);
  });

  it('does not judge services whose code is elsewhere', () => {
    expect(codes({ services: [service('orders')], usages: orders })).toEqual([]);
  });

  it('what the catalog lacks is an error at the code, with what --write adds', () => {
    const { problems, missing } = compare({
      services: [service('orders')],
      usages: [...orders, usage('handle', placed, ['orders'])],
    });
    expect(problems).toMatchObject([{ ...place, code: 'RECEIVER_UNDECLARED', severity: 'error' }]);
    expect(missing).toEqual([{ service: 'orders', action: 'receive', type: placed }]);
  });

  it('what the code lacks is a warning at the operation', () => {
    expect(
      codes({
        services: [service('orders'), service('billing')],
        usages: [...orders, usage('handle', placed, ['billing'])],
      }),
    ).toEqual([`warning RECEIVER_UNUSED ${cancelled}`, `warning EVENT_UNHANDLED ${cancelled}`]);
  });

  it.each<[string, Partial<FoundUsages>]>([
    ['an undecided place of the service', { undecided: [undecided('handle', ['billing'])] }],
    [
      'code of no service that handles the event',
      { usages: [...orders, usage('handle', placed, ['billing']), usage('handle', cancelled, [])] },
    ],
    [
      'a mention of the event',
      { usages: [...orders, usage('handle', placed, ['billing']), usage('mention', cancelled, ['billing'])] },
    ],
    [
      'code that does not compile',
      { problems: [{ ...place, code: 'CODE_INVALID', severity: 'error', message: '', hint: '' }] },
    ],
  ])('what the code lacks is not reported with %s', (_, found) => {
    const usages = [...orders, usage('handle', placed, ['billing'])];
    expect(codes({ services: [service('orders'), service('billing')], usages, ...found })).toEqual([]);
  });

  it('an event that no service of the code handles may be handled elsewhere', () => {
    expect(codes({ services: [service('orders')], usages: orders })).toEqual([]);
    expect(
      codes({ services: [service('orders'), service('billing')], usages: orders }, { RECEIVER_UNUSED: 'off' }),
    ).toEqual([`warning EVENT_UNHANDLED ${placed}`, `warning EVENT_UNHANDLED ${cancelled}`]);
  });

  it('an event that only the SDK of another version has is reported, and nothing is added for it', () => {
    const found = {
      services: [service('orders')],
      usages: [...orders, usage('publish', 'order.order.moved', ['orders'])],
    };
    const { problems, unsolved, missing } = compare(found);
    const expected = {
      code: 'SENDER_UNDECLARED',
      message: expect.stringContaining('the catalog does not have this event'),
    };
    expect(problems).toContainEqual(expect.objectContaining(expected));
    expect(unsolved).toContainEqual(expect.objectContaining(expected));
    expect(missing).toEqual([]);
  });

  it('a service with nearly the name of one that no code has is reported once, and nothing is added for it', () => {
    const { problems, missing } = compare({
      services: [service('billings')],
      usages: [usage('handle', placed, ['billings'])],
    });
    expect(problems).toMatchObject([
      { code: 'SERVICE_UNKNOWN', file: 'billings.ts', message: 'the catalog has no service billings; is it billing?' },
    ]);
    expect(missing).toEqual([]);
  });

  it('a receiver that no code has, with nearly the same name, is named in the hint', () => {
    const { problems } = compare({
      services: [service('billin'), service('orders')],
      usages: [...orders, usage('handle', placed, ['billin'])],
    });
    expect(problems).toMatchObject([{ code: 'SERVICE_UNKNOWN' }]);
  });

  it('a service that only the run names is reported', () => {
    expect(codes({ unnamed: [place] })).toEqual(['warning SERVICE_UNDECIDED ']);
  });

  it('the config sets severities and exceptions, by event, pattern and service', () => {
    const found = {
      services: [service('orders')],
      usages: [...orders, usage('handle', placed, ['orders']), usage('handle', cancelled, ['orders'])],
    };
    const both = [`error RECEIVER_UNDECLARED ${placed}`, `error RECEIVER_UNDECLARED ${cancelled}`];
    expect(codes(found)).toEqual(both);
    expect(codes(found, { RECEIVER_UNDECLARED: 'off' })).toEqual([]);
    expect(codes(found, { RECEIVER_UNDECLARED: { except: [placed] } })).toEqual(both.slice(1));
    expect(codes(found, { RECEIVER_UNDECLARED: { except: ['order.*'] } })).toEqual([]);
    expect(codes(found, { RECEIVER_UNDECLARED: { except: ['orders'], severity: 'warning' } })).toEqual([]);
    expect(codes(found, { RECEIVER_UNDECLARED: 'warning' })).toEqual(
      both.map((each) => each.replace('error', 'warning')),
    );
  });
});
