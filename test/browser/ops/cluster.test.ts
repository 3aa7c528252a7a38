import { createEventBus, silentLogger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { expect, it } from 'vitest';
import { partitionOf } from '../../../runtime/redis/partitions/partition-of.js';
import { useAdminSite } from '../../support/browser/admin-site.js';
import { expectWellEverywhere } from '../../support/browser/axe.js';
import { OrderPacked } from '../../support/events/events.js';

const count = 4;
const { site, open } = useAdminSite({}, count);

it('shows the server, each partition with its figures, and what each group has left to do there; by keyboard', async () => {
  const { flaky } = site();
  flaky.broken = false;
  const tenants = ['ada', 'bob'];
  for (const tenantId of tenants) await flaky.exceedBudget('openai', { tenantId });
  const { page, problems } = await open();
  await page.goto(site().page('/ops'));
  await page.getByText('Live · refreshed').waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('u');
  await page.getByRole('heading', { name: 'Cluster', level: 1 }).waitFor();
  const servers = page.getByRole('table', { name: 'Servers with their partitions and memory' });
  await servers.getByRole('row', { name: /reachable 0–3 .*no limit/ }).waitFor();
  const partitions = page.getByRole('table', { name: 'Partitions with their servers and figures' });
  for (const index of Array.from({ length: count }, (_, at) => at)) {
    const entries = tenants.filter((tenantId) => partitionOf(tenantId, count) === index).length;
    await partitions.getByRole('row', { name: new RegExp(`^${index} \\S+ ${entries} .*up to date`) }).waitFor();
  }
  await partitions.getByRole('row', { name: /^Total 2/ }).waitFor();
  await page.getByRole('heading', { name: 'notifications working' }).waitFor();
  const parts = page.getByRole('table', { name: 'What notifications has left to do in each partition' });
  expect(await parts.getByRole('row').count()).toBe(count + 1);
  await page.getByText('By partition').focus();
  await page.keyboard.press('Enter');
  await parts.waitFor({ state: 'hidden' });
  await page.keyboard.press('Enter');
  await parts.waitFor();
  await page.getByText('2 handlers').focus();
  await page.keyboard.press('Enter');
  await page.getByText('mails', { exact: false }).first().waitFor();
  await expectWellEverywhere(page, '/ops/cluster');
  expect(problems).toEqual([]);
});

it('a token that is bound to a tenant: the page says that its figures span all tenants', async () => {
  const { page } = await open({ tenantId: 'acme' });
  await page.goto(site().page('/ops/cluster'));
  await page.getByText('your token is bound to acme').waitFor();
  expect(await page.locator('.side').getByRole('link', { name: 'Cluster' }).count()).toBe(0);
});

it('a key that holds up others is named; the page of an event says why it waits', async () => {
  const options = { redis: site().redis, partitions: count, logger: silentLogger };
  const bus = createEventBus({ service: 'accounts', ...options });
  bus.subscribe(
    subscribeTo([OrderPacked], OrderPacked.type, { name: 'balance', order: 'key' }, async () => {
      throw new Error('the database is away');
    }),
  );
  await bus.start();
  const { page, problems } = await open();
  try {
    let last = '';
    for (let amount = 0; amount < 3; amount += 1) {
      const { id } = await bus.publish(OrderPacked, { orderId: 'anna', amount }, { tenantId: 'acme' });
      last = id;
    }
    await page.goto(site().page('/ops/cluster'));
    const keys = page.getByRole('table', { name: 'Keys with the most waiting events' });
    await keys.getByRole('row', { name: /^anna acme 2 .* ago accounts balance/ }).waitFor();
    await page.getByText('2 waiting for earlier events of their key').waitFor();
    await page.goto(site().page('/ops'));
    await page.getByRole('columnheader', { name: 'Waiting for their key' }).waitFor();
    await page.goto(site().page(`/ops/events/${last}`));
    await page.getByText('Waits until the handler has finished the earlier events of the same ordering key.').waitFor();
    await page.goto(site().page('/ops/cluster'));
    await keys.waitFor();
    await expectWellEverywhere(page, '/ops/cluster');
    expect(problems).toEqual([]);
    const { text } = await site().call('GET', '/metrics');
    expect(text).toContain('hyvve_group_waiting{group="accounts"} 2');
  } finally {
    await bus.close();
  }
});
