import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { UsagesFile } from '@hyvve-events/catalog-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../support/catalogs/generator.js';
import { createShop, type Shop } from '../../support/catalogs/shop.js';
import { addServices, shopServices } from '../../support/usages/shop-services.js';

let shop: Shop;
const run = (...args: string[]) => runCli(args, shop.path);
const codesOf = (stdout: string) =>
  (JSON.parse(stdout).problems as readonly { code: string; file: string; line: number }[]).map(
    ({ code, file, line }) => `${code} ${file}:${line}`,
  );

beforeAll(async () => {
  shop = await createShop();
  await addServices(shop);
  expect((await run('generate')).code).toBe(0);
});
afterAll(() => shop.remove());

describe('usages', () => {
  it('lists who publishes and handles each event, and where', async () => {
    const { code, stdout } = await run('usages');
    expect(code).toBe(0);
    expect(stdout).toContain(`order.order.placed
  publishes  orders    services/orders.ts:9:10  publishOrderPlaced
  handles    audit     services/audit.ts:5:15   subscribe('order.*')
  handles    billings  services/billing.ts:7:5  orderHandlers`);
    expect(stdout).toMatch(/^2 events in 3 services of 3 files: published at 1 place, handled at 3 places$/m);
  });

  it('--check fails for what the catalog does not declare, at the code, and for a service with another name', async () => {
    const { code, stdout } = await run('usages', '--check', '--format', 'json');
    expect(code).toBe(1);
    expect(codesOf(stdout)).toEqual([
      'SERVICE_UNKNOWN services/audit.ts:4',
      'RECEIVER_UNDECLARED services/audit.ts:5',
      'RECEIVER_UNDECLARED services/audit.ts:5',
      'SERVICE_UNKNOWN services/billing.ts:4',
      'RECEIVER_UNDECLARED services/orders.ts:5',
      'SENDER_UNUSED catalog/domains/order.yaml:15',
    ]);
    expect(JSON.parse(stdout).problems).toContainEqual(
      expect.objectContaining({
        code: 'SERVICE_UNKNOWN',
        message: 'the catalog has no service billings; is it billing?',
      }),
    );
    const github = await run('usages', '--check', '--format', 'github');
    expect(github.stdout).toMatch(/^::error file=services\/billing\.ts,line=4,col=1::SERVICE_UNKNOWN: /m);
  });

  it('the config disables findings, and excludes events and services', async () => {
    const rules = { SENDER_UNUSED: 'off', RECEIVER_UNDECLARED: { except: ['audit', 'order.order.cancelled'] } };
    await shop.write('hyvve-events.config.json', JSON.stringify({ rules, usages: { tsconfigs: ['.'] } }));
    const { stdout } = await run('usages', '--check', '--format', 'json');
    expect(codesOf(stdout)).toEqual(['SERVICE_UNKNOWN services/audit.ts:4', 'SERVICE_UNKNOWN services/billing.ts:4']);
    await shop.write('hyvve-events.config.json', '{}');
  });

  it('--out writes the same file for the same code', async () => {
    expect((await run('usages', '--out', 'usages.json')).code).toBe(0);
    const first = await readFile(join(shop.path, 'usages.json'), 'utf8');
    await run('usages', '--out', 'usages.json');
    expect(await readFile(join(shop.path, 'usages.json'), 'utf8')).toBe(first);
    const { hash } = JSON.parse(await readFile(join(shop.path, 'generated/catalog.json'), 'utf8')).catalog;
    expect(JSON.parse(first)).toMatchObject({ usagesVersion: 1, catalog: hash, partial: false, undecided: [] });
    expect(JSON.parse(first).usages[0]).toEqual({
      file: 'services/audit.ts',
      line: 5,
      column: 15,
      kind: 'handle',
      type: 'order.order.cancelled',
      services: ['audit'],
      how: "subscribe('order.*')",
    });
  });

  it('--write adds the operations and nothing else; the next --check accepts the catalog', async () => {
    await shop.write('services/billing.ts', (await text('services/billing.ts')).replace('billings', 'billing'));
    const before = await text('catalog/domains/order.yaml');
    const { code, stdout, stderr } = await run('usages', '--write');
    expect(code, stdout).toBe(0);
    // The catalog has the service audit now.
    expect(stderr).not.toContain('error');
    const after = await text('catalog/domains/order.yaml');
    const added = `  orders.receive.order:
    action: receive
    x-service: orders
    channel:
      $ref: "../asyncapi.yaml#/channels/order"
    messages:
      - $ref: "../asyncapi.yaml#/channels/order/messages/OrderCancelled"
`;
    expect(after).toContain(added);
    const audit = `  audit.receive.order:
    action: receive
    x-service: audit
    channel:
      $ref: "../asyncapi.yaml#/channels/order"
`;
    expect(after.replace(added, '').replace(audit, '')).toBe(before);
    expect(await text('catalog/asyncapi.yaml')).toContain(`  orders.receive.order:
    $ref: "./domains/order.yaml#/operations/orders.receive.order"`);
    expect((await run('check')).code).toBe(0);
    expect((await run('usages', '--check')).code).toBe(0);
    // A second event goes into the operation that lists the first.
    await shop.edit('onOrderCancelled:', 'onOrderPlaced: () => {}, onOrderCancelled:', 'services/orders.ts');
    expect((await run('usages', '--write')).code).toBe(0);
    expect(await text('catalog/domains/order.yaml')).toContain(
      `${added}      - $ref: "../asyncapi.yaml#/channels/order/messages/OrderPlaced"\n`,
    );
    expect((await run('usages', '--check')).code).toBe(0);
  });

  it('code that does not compile gives a partial result, marked in every format, and exit code 1', async () => {
    const code = await text('services/audit.ts');
    await shop.write('services/audit.ts', `${code}const wrong: string = 1;\n`);
    const pretty = await run('usages', '--out', 'usages.json');
    expect(pretty).toMatchObject({ code: 1, stdout: expect.stringMatching(/^PARTIAL: /m) });
    expect(pretty.stderr).toContain('services/audit.ts:6:7: error CODE_INVALID: TS2322');
    expect(JSON.parse(await text('usages.json'))).toMatchObject({ partial: true });
    const json = await run('usages', '--format', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, partial: true });
    expect((await run('usages', '--format', 'github')).stdout).toContain(
      '::error file=services/audit.ts,line=6,col=7::CODE_INVALID',
    );
    await shop.write('services/audit.ts', code);
  });

  it.each([
    ['a tsconfig that does not exist', ['nowhere'], 2, /USAGE: the tsconfig nowhere does not exist/],
    ['a tsconfig without files', ['empty'], 1, /CODE_MISSING: no TypeScript file belongs to empty/],
    ['--write with --check', ['--write', '--check'], 2, /USAGE: --write changes the catalog/],
    ['code that does not use the SDK', ['other'], 1, /SDK_MISSING: no file of other imports the SDK of Shop events/],
  ])('%s', async (_, tsconfigs, code, message) => {
    await shop.write('empty/tsconfig.json', '{ "files": [] }');
    await shop.write('other/tsconfig.json', '{}');
    await shop.write('other/main.ts', 'export const one = 1;');
    expect(await run('usages', ...tsconfigs)).toMatchObject({ code, stderr: expect.stringMatching(message) });
  });
});

it('an SDK that is installed as a package has only declarations, which are enough', async () => {
  await shop.write('installed/tsconfig.json', '{ "extends": "../tsconfig.json", "include": ["*.ts"] }');
  const code = `import { createEventBus } from '@hyvve-events/runtime';
import { ApprovalApproved, approvalHandlers, publishApprovalRejected as reject } from '@hyvve-events/sdk/approval';

const bus = createEventBus({ service: 'approvals' }).withContext({ tenantId: 'acme' });
await reject(bus, {} as never);
await bus.publish(ApprovalApproved, {} as never);
export const handlers = approvalHandlers({ onApprovalExpired() {} });
`;
  await shop.write('installed/approvals.ts', code);
  const catalog = resolve('catalog/asyncapi.yaml');
  const { stdout, stderr } = await run('usages', 'installed', '--catalog', catalog, '--format', 'json');
  const { usages } = JSON.parse(stdout) as UsagesFile;
  expect(
    usages.map(({ line, kind, type }) => `${line}: ${kind} ${type}`),
    stderr,
  ).toEqual([
    '5: publish approval.item.rejected',
    '6: publish approval.item.approved',
    '7: handle approval.item.expired',
  ]);
});

describe('diff --usages', () => {
  const lines = (stdout: string) =>
    stdout
      .slice(stdout.indexOf('\n\n'))
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);

  beforeAll(async () => {
    await shop.reset();
    for (const [path, code] of Object.entries(shopServices))
      await shop.write(path, code.replace('billings', 'billing'));
    expect((await run('generate')).code).toBe(0);
    await shop.commit();
  });

  it('a change that breaks consumers names the handlers, and the lines that read the property', async () => {
    await shop.edit('required: [sku, quantity]', 'required: [quantity]');
    const { code, stdout } = await run('diff', 'HEAD', '--usages', '--mode', 'full');
    expect(code).toBe(1);
    expect(lines(stdout)).toEqual(
      [
        '2 handlers in 2 services break',
        'order.order.placed: REQUIRED_REMOVED $.lines[*].sku: sku became optional (breaks consumers)',
        "handles    audit    services/audit.ts:5:15    subscribe('order.*')",
        'handles    billing  services/billing.ts:7:5   orderHandlers',
        'reads      billing  services/billing.ts:8:50  sku',
      ].map((line) => expect.stringMatching(pattern(line))),
    );
  });

  it('a change that breaks producers names the publishers, and the lines that write the property', async () => {
    await shop.edit('required: [quantity]', 'required: [sku, quantity]');
    await shop.edit('Id of the article.\n        minLength: 1', 'Id of the article.\n        minLength: 4');
    const { stdout } = await run('diff', 'HEAD', '--usages', '--format', 'json');
    const { impact } = JSON.parse(stdout);
    expect(impact).toMatchObject({ publishers: 1, handlers: 0, services: 1, undecided: 0, partial: false });
    const [{ changes }] = impact.events;
    expect(changes).toMatchObject([
      {
        code: 'CONSTRAINT_TIGHTENED',
        path: '$.lines[*].sku',
        publishers: [{ file: 'services/orders.ts', line: 9, services: ['orders'] }],
        handlers: [],
        properties: [{ file: 'services/orders.ts', line: 8, column: 20, kind: 'write', how: 'sku' }],
      },
    ]);
  });

  it('code that uses a removed event is found, before and after the SDK is generated without it', async () => {
    const remove = async (path: string, from: RegExp) => shop.edit(from, '', path);
    await shop.edit('minLength: 4', 'minLength: 1');
    await remove('catalog/domains/order.yaml', / {6}OrderCancelled:\n.*\n/);
    await remove('catalog/domains/order.yaml', / {2}OrderCancelled:\n {4}name[\s\S]*?(?=^schemas)/m);
    await remove('catalog/domains/order.yaml', / {2}OrderCancelledPayload:[\s\S]*/);
    const before = await run('diff', 'HEAD', '--usages', '--markdown', 'comment.md');
    expect(before.stdout, before.stderr).toContain('2 handlers in 2 services break');
    expect(await text('comment.md')).toContain(`### 2 handlers in 2 services break

**\`order.order.cancelled\`**

- \`EVENT_REMOVED\`: order.order.cancelled was removed (breaks consumers and producers)

  | | service | place | |
  |---|---|---|---|
  | handles | audit | \`services/audit.ts:5\` | \`subscribe('order.*')\` |
  | handles | orders | \`services/orders.ts:5\` | \`orderHandlers\` |
`);
    await run('generate');
    const after = await run('diff', 'HEAD', '--usages');
    expect(after.stdout).toContain('2 handlers in 2 services break');
    expect(after.stdout).toMatch(/^PARTIAL: /m);
  });

  it('--markdown alone is refused', async () => {
    expect(await run('diff', '--markdown', 'comment.md')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('add --usages'),
    });
  });
});

/** A text as a regular expression; its spaces may be any number. */
function pattern(line: string): RegExp {
  const parts = line.split(/ +/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join(' +')}$`);
}

function text(path: string): Promise<string> {
  return readFile(join(shop.path, path), 'utf8');
}
