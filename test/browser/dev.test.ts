import { type ChildProcess, spawn } from 'node:child_process';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../scripts/redis-server.js';
import { expectWellEverywhere } from '../support/browser/axe.js';
import { useBrowser } from '../support/browser/browser.js';
import { cliCommand } from '../support/catalogs/generator.js';
import { createShop, type Shop } from '../support/catalogs/shop.js';
import { useRedis } from '../support/redis/redis.js';
import { until } from '../support/wait.js';

const redis = useRedis();
const open = useBrowser();
let shop: Shop;
let child: ChildProcess;
let output = '';
let address: string;
let token: string;

/** What it has printed: one JSON document in each line. */
function printed(): readonly { readonly address?: string; readonly token?: string }[] {
  const lines = output.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as { readonly address?: string; readonly token?: string });
}

/** Starts `hyvve-events dev`, as users do. */
beforeAll(async () => {
  shop = await createShop();
  const { command, args, env } = cliCommand();
  const flags = ['dev', '--port', String(await freePort()), '--redis', redis.url, '--format', 'json'];
  child = spawn(command, [...args, ...flags], { cwd: shop.path, env, stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout?.on('data', (data: Buffer) => {
    output += data.toString();
  });
  const introduction = () => printed().find((line) => line.token !== undefined);
  await until('the admin service runs', () => introduction() !== undefined, 60_000);
  ({ address = '', token = '' } = introduction() ?? {});
});

afterAll(async () => {
  child.kill('SIGKILL');
  await shop.remove();
});

async function openEvent(type: string): Promise<{ readonly page: Page; readonly problems: readonly string[] }> {
  const visit = await open();
  await visit.page.addInitScript(`sessionStorage.setItem('hyvve-events-token', ${JSON.stringify(token)})`);
  await visit.page.goto(`${address}/#/events/${type}`);
  await visit.page.getByRole('heading', { name: 'Publish' }).waitFor();
  return visit;
}

/** Replaces the text of the editor. */
async function write(page: Page, text: string): Promise<void> {
  await page.locator('.cm-content').click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(text);
}

const publish = (page: Page) => page.getByRole('button', { name: 'Publish', exact: true }).click();

it('an event is published from its page, with the example of the catalog', async () => {
  const { page, problems } = await openEvent('order.order.cancelled');
  await publish(page);
  await page.getByText('Published.').waitFor();
  await page.locator('.notice.good a').click();
  await page.getByText('hyvve-events-dev').first().waitFor();
  await page.getByText('byCustomer').or(page.getByText('customer')).first().waitFor();
  expect(problems).toEqual([]);
});

it('generated data is valid, and can be edited; invalid data is refused with its places', async () => {
  const { page } = await openEvent('order.order.placed');
  const before = await page.locator('.cm-content').textContent();
  await page.getByRole('button', { name: 'Generate data' }).click();
  await until('other data', async () => (await page.locator('.cm-content').textContent()) !== before);
  await publish(page);
  await page.getByText('Published.').waitFor();
  await write(page, '{ "orderId": "", "currency": "euro", "lines": [], "placedAt": "today" }');
  const violations = page.getByRole('list', { name: 'Violations of the schema' });
  await violations.getByText('$.orderId').waitFor();
  expect(await page.getByText('Published.').count()).toBe(0);
  await publish(page);
  await page.getByText('Nothing was published.').waitFor();
  for (const path of ['$.orderId', '$.currency', '$.lines', '$.placedAt']) await violations.getByText(path).waitFor();
  await page.getByRole('button', { name: 'Example small' }).click();
  await page.getByText('Nothing was published.').waitFor({ state: 'detached' });
});

it('the page with its editor is accessible, on a desktop and on a phone', async () => {
  const { page } = await openEvent('order.order.placed');
  await expectWellEverywhere(page, '/events/order.order.placed');
});

it('an event that is added to the catalog appears while the service runs', async () => {
  await shop.edit('name: order.order.cancelled', 'name: order.order.stopped');
  await until('the service has the new catalog', async () => {
    const answer = await fetch(`${address}/catalog.json`).catch(() => undefined);
    return (await answer?.text())?.includes('order.order.stopped') === true;
  });
  const { page } = await openEvent('order.order.stopped');
  await publish(page);
  await page.getByText('Published.').waitFor();
  await shop.reset();
});

it('SIGINT ends it, and the address no longer answers', async () => {
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGINT');
  expect(await ended).toBe(0);
  await expect(fetch(address)).rejects.toThrow();
});
