import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEventBus, type Envelope, type EventBus, NonRetryableError } from '@hyvve-events/runtime';
import { defineEvent, subscribeTo } from '@hyvve-events/runtime/codegen';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCatalogFile } from '../../admin/catalog/catalog.js';
import { eventDefinitions } from '../../admin/catalog/definitions.js';
import { useAdminSite } from '../support/browser/admin-site.js';
import { expectWellEverywhere, settled } from '../support/browser/axe.js';
import { useBrowser } from '../support/browser/browser.js';
import { useSite } from '../support/browser/site.js';
import { derivedEvent, versionedChanges, versionedModel } from '../support/catalogs/versioned-model.js';
import { until } from '../support/wait.js';

describe('the docs of an event with older versions', () => {
  const site = useSite(versionedModel, { changes: versionedChanges });
  const browse = useBrowser();

  it('show each version: its conversion, what changed after it, its fields, and when it is retired', async () => {
    const { page, problems } = await browse();
    await page.goto(site().page('/events/shop.order.placed'));
    await settled(page);
    const main = page.locator('main');
    await main.getByText('3.0.0; also read: 1.2.0, 2.0.0').waitFor();
    await main.getByText('Retired major versions: 0 (2026-03-02).').waitFor();
    await page.getByRole('radiogroup', { name: 'Version' }).getByText('1.2.0').click();
    await expect.poll(() => page.url()).toContain('version=v1');
    await main.getByText('Handlers receive its events as 3.0.0').waitFor();
    await main.getByText('No service should publish 1.2.0 after 2027-02-01').waitFor();
    await main.getByRole('heading', { name: 'Conversion from 1.2.0 to 2.0.0' }).waitFor();
    const steps = await main.locator('dl[aria-label="Conversion v1ToV2"] > *').allTextContents();
    expect(steps).toEqual(['customerName', 'copied from customer', 'currency', 'set to "EUR"', 'note', 'dropped']);
    await main.getByText('2 other properties are copied without a change.').waitFor();
    await main.getByRole('heading', { name: 'What changed in 2.0.0' }).waitFor();
    await main.getByText('$.customer').first().waitFor();
    await main.getByText('A remark.').waitFor();
    await expectWellEverywhere(page, page.url());

    await page.goto(site().page('/events/shop.order.placed?version=v2'));
    await main.getByText('Converted by the written function v2ToV3 of the SDK.').waitFor();
    const markdown = await (await page.request.get(`${site().url}md/events/shop.order.placed.md`)).text();
    expect(markdown).toContain(
      '- 1.2.0 → 2.0.0: `customerName` is copied from `customer`; `currency` is set to `"EUR"`; ',
    );
    await main.getByText('$.total').first().waitFor();
    expect(problems).toEqual([]);
  });
});

describe('an event of an older version', () => {
  const folder = mkdtempSync(join(tmpdir(), 'versions-'));
  const catalogFile = join(folder, 'catalog.json');
  writeFileSync(catalogFile, JSON.stringify(versionedModel));
  const { site, open } = useAdminSite({ catalogFile });
  const buses: EventBus[] = [];
  const handled: Envelope[] = [];
  let isBroken = true;
  let publishOlder: (customer: string) => Promise<string>;

  beforeAll(async () => {
    const redis = site().redis;
    const definitions = eventDefinitions(await readCatalogFile(catalogFile));
    const present = definitions.find(({ type }) => type === derivedEvent.type);
    const [older] = present?.older ?? [];
    if (present === undefined || older === undefined) throw new Error('the catalog has no older version');
    const service = createEventBus({ redis, service: 'mails' });
    service.subscribe(
      subscribeTo([present], '*', { name: 'mail' }, async (event: Envelope) => {
        if (isBroken) throw new NonRetryableError('mail server refused');
        handled.push(event);
      }),
    );
    await service.start();
    const publisher = createEventBus({ redis, service: 'shop' });
    buses.push(service, publisher);
    const { type, key, domain } = present;
    const first = defineEvent({ type, key, domain, version: older.version, validate: older.validate });
    publishOlder = async (customer) => {
      const data = { orderId: 'ord_1', customer, total: 12.5, note: 'by the door' };
      return (await publisher.publish(first, data, { tenantId: 'acme' })).id;
    };
  });
  afterAll(async () => {
    await Promise.all(buses.map((bus) => bus.close()));
    rmSync(folder, { recursive: true });
  });

  const deadLettersOf = async (id: string) =>
    (await site().call('GET', `/admin/events/dlq?eventId=${id}&group=mails`)).body.events;

  async function die(customer: string): Promise<string> {
    isBroken = true;
    const id = await publishOlder(customer);
    await until('it is dead', async () => (await deadLettersOf(id)).length === 1);
    return id;
  }

  it('is shown as it was written, and as handlers receive it', async () => {
    const id = await die('Ada');
    const { page, problems } = await open({ role: 'owner' });
    await page.goto(site().page(`/ops/events/${id}`));
    await page.getByText('1.2.0 → 2.0.0').waitFor();
    const written = page.getByRole('region', { name: 'As written: 1.2.0' });
    await written.getByText('by the door').waitFor();
    const received = page.getByRole('region', { name: 'As handlers receive it: 2.0.0' });
    await received.getByText('upcastFrom').waitFor();
    await received.getByText('customerName').waitFor();
    await received.getByText('EUR').waitFor();
    expect(await received.getByText('by the door').count()).toBe(0);
    await expectWellEverywhere(page, page.url());
    await page.goto(site().page('/ops/events?type=shop.order.sent&version=1.2.0'));
    await page.locator(`a[href*="${id}"]`).first().waitFor();
    await page.goto(site().page('/ops/events?type=shop.order.sent&version=2.0.0'));
    await page.getByText(/^No events/).waitFor();
    await page.goto(site().page(`/ops/traces/${id}?view=timeline`));
    await page.locator('.timeline').getByText('1.2.0 → 2.0.0').waitFor();
    expect(problems).toEqual([]);
  });

  it('hides personal data of the older schema from roles that may not see it', async () => {
    const id = await die('Grace');
    const { page } = await open({ role: 'admin' });
    await page.goto(site().page(`/ops/events/${id}`));
    const main = page.locator('main');
    await main.getByText('by the door').waitFor();
    await main.getByText('customerName').waitFor();
    expect(await main.textContent()).not.toContain('Grace');
  });

  it.each([
    ['1.2.0, as written', 'customer', '1.2.0'],
    ['2.0.0, as handlers receive it', 'customerName', undefined],
  ])('can be edited as %s', async (form, property, upcastFrom) => {
    const id = await die('Edsger');
    const { page, problems } = await open({ role: 'owner' });
    await page.goto(site().page(`/ops/dead-letters?eventId=${id}&group=mails`));
    await page.locator('.dead-letters tbody tr').getByRole('link').click();
    const sheet = page.getByRole('dialog', { name: 'Dead letter' });
    await sheet.getByText('1.2.0 → 2.0.0').waitFor();
    await sheet.getByRole('button', { name: 'Edit and retry' }).click();
    await sheet.getByRole('radiogroup', { name: 'Version of the data' }).getByText(form).click();
    const editor = sheet.getByRole('textbox', { name: 'Data of shop.order.sent' });
    await editor.getByText(`"${property}"`).waitFor();
    const text = (await editor.locator('.cm-line').allTextContents())
      .join('\n')
      .replace('Edsger', `Edsger ${form.slice(0, 5)}`);
    await editor.click();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText(text);
    await sheet.getByRole('button', { name: 'Compare' }).click();
    isBroken = false;
    await sheet.getByRole('button', { name: 'Send' }).click();
    await sheet.getByText('Sent with other data').waitFor();
    const isIt = ({ causationId }: Envelope) => causationId === id;
    await until('it is handled', () => handled.some(isIt));
    const event = handled.find(isIt);
    expect(event).toMatchObject({
      version: '2.0.0',
      data: { customerName: `Edsger ${form.slice(0, 5)}`, currency: 'EUR' },
    });
    expect(event?.upcastFrom).toBe(upcastFrom);
    expect(problems.filter((problem) => !/status of 404/.test(problem))).toEqual([]);
  });

  it('is counted in the docs of its type: who publishes and reads each version, and what is stored', async () => {
    const id = await die('Barbara');
    const { page, problems } = await open();
    await page.goto(site().page('/events/shop.order.sent'));
    const uses = page.locator('.version-uses > li');
    await uses.nth(1).getByText('shop 1.2.0, 1 process').waitFor();
    await uses
      .nth(1)
      .getByText(/\d+ dead letters?/)
      .waitFor();
    await uses.nth(0).getByText('mails').waitFor();
    await uses.nth(1).getByText('mails').waitFor();
    expect(await uses.locator('h3').allTextContents()).toEqual(['2.0.0', '1.2.0']);
    await expectWellEverywhere(page, id);
    const bound = await open({ tenantId: 'acme' });
    await bound.page.goto(site().page('/events/shop.order.sent'));
    await bound.page.getByRole('heading', { name: 'Live' }).waitFor();
    expect(await bound.page.locator('.version-uses').count()).toBe(0);
    expect(problems).toEqual([]);
  });
});
