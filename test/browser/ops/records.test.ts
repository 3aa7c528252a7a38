import type { Locator } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useAdminSite } from '../../support/browser/admin-site.js';
import { expectAccessible, expectWellEverywhere } from '../../support/browser/axe.js';
import { until } from '../../support/wait.js';

const { site, open } = useAdminSite();
const acme = { tenantId: 'acme' };
const large = 300;
let root: string;
let dead: string;

const statusOfRow = async (id: string) => (await site().call('GET', `/admin/events/${id}`)).body?.event?.status;

const counted = (found: Locator, count: number) => expect.poll(() => found.count()).toBe(count);

/** A trace of five events, one of which is dead; an event that was edited; a trace of several hundred events. */
beforeAll(async () => {
  const { flaky, call } = site();
  flaky.broken = false;
  root = await flaky.exceedBudget('openai', { ...acme, correlationId: 'order-7' });
  const effect = await flaky.exceedBudget('claude', { ...acme, correlationId: 'order-7', causationId: root });
  await flaky.exceedBudget('mistral', { ...acme, correlationId: 'order-7', causationId: root });
  await flaky.createUser('usr1', { ...acme, correlationId: 'order-7', causationId: effect });
  await until('they are handled', () => flaky.handled.length === 4);
  flaky.broken = true;
  dead = await flaky.exceedBudget('broken', { ...acme, correlationId: 'order-7', causationId: effect, key: 'plan-7' });
  const wrong = await flaky.exceedBudget('opnai', acme);
  for (const id of [dead, wrong]) await until('it is dead', async () => (await statusOfRow(id)) === 'DLQ');
  flaky.broken = false;
  const data = { providerId: 'prv1', provider: 'openai', tokensUsed: 12, maxTokens: 10 };
  await call('POST', `/admin/events/dlq/${wrong}/retry`, { data });
  const first = await flaky.exceedBudget('first', { tenantId: 'many', correlationId: 'large' });
  const context = { tenantId: 'many', correlationId: 'large', causationId: first };
  await Promise.all(Array.from({ length: large - 1 }, (_, n) => flaky.exceedBudget(`provider ${n}`, context)));
  const isIndexed = async () => (await call('GET', '/admin/traces/large')).body?.events?.length === large;
  await until('the index has them all', isIndexed, 20_000);
});

describe('events', () => {
  it('search: is part of the address, and each result links to its page', async () => {
    const { page, problems } = await open();
    await page.goto(site().page('/ops/events'));
    await page.getByLabel('Correlation id').fill('order-7');
    await page.getByText('5 events').waitFor();
    await page.getByRole('combobox', { name: 'Status' }).click();
    await page.getByRole('option', { name: 'dead' }).click();
    await page.getByText('1 event', { exact: true }).waitFor();
    await expect.poll(() => page.url()).toMatch(/correlationId=order-7.*status=DLQ/);
    await page.reload();
    await page.getByText('1 event', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'ai.token.limit_exceeded' }).click();
    await page.getByRole('heading', { name: 'ai.token.limit_exceeded', level: 1 }).waitFor();
    await expect.poll(() => page.url()).toContain(`/ops/events/${dead}`);
    expect(problems).toEqual([]);
  });

  it('filters: one button removes all of them, and keeps the mode', async () => {
    const { page } = await open();
    await page.goto(site().page('/ops/events?tenantId=many&type=ai.token.limit_exceeded&live=yes'));
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await expect.poll(() => page.url()).toMatch(/\/ops\/events\?live=yes$/);
    await page.goto(site().page('/ops/audit?tenantId=many&action=retried'));
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await expect.poll(() => page.url()).toMatch(/\/ops\/audit$/);
    await expect.poll(() => page.getByRole('button', { name: 'Clear filters' }).count()).toBe(0);
  });

  it('list: in pages, newest first', async () => {
    const { page } = await open();
    await page.goto(site().page('/ops/events?tenantId=many'));
    await page.getByText('50 events, there are older ones').waitFor();
    await page.getByRole('button', { name: 'Older' }).click();
    await page.getByText('100 events, there are older ones').waitFor();
    await counted(page.locator('.records tbody tr'), 100);
    await page.goto(site().page('/ops/events?from=2020-01-01T00:00:00.000Z&to=2020-01-02T00:00:00.000Z'));
    await page.getByText('No events match').waitFor();
  });

  it('live: shown when they are published; a pause holds them back until it ends', async () => {
    const { page } = await open();
    const shown = page.locator('.records tbody tr');
    await page.goto(site().page('/ops/events?tenantId=live'));
    await page.getByText('Live', { exact: true }).click();
    await page.getByText('Connecting').waitFor({ state: 'hidden' });
    const publish = () => site().flaky.exceedBudget('passing', { tenantId: 'live' });
    let last = '';
    const shownOnceMore = async () => {
      last = await publish();
      return shown.count();
    };
    await expect.poll(shownOnceMore, { interval: 500, timeout: 20_000 }).toBeGreaterThan(0);
    await page.getByText(last).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('0 passed since the pause').waitFor();
    const before = await shown.count();
    const held = await publish();
    await page.getByText(/[1-9] passed since the pause/).waitFor();
    expect(await shown.count()).toBe(before);
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText(held).waitFor();
    await expect.poll(() => page.url()).toContain('live=');
  });
});

describe('one event', () => {
  it('shows the status of each handler with the reason, and updates after a retry', async () => {
    const { page, problems } = await open();
    await page.goto(site().page(`/ops/events/${dead}`));
    const mails = page.locator('.delivery', { hasText: 'mails' });
    await mails.getByText('dead').waitFor();
    await expect.poll(() => mails.textContent()).toMatch(/2 runs.*mail server refused/);
    await page.locator('.delivery', { hasText: 'count' }).getByText('completed').waitFor();
    await page.getByText('broken', { exact: true }).waitFor();
    await page.locator('.facts-list').getByText('plan-7').waitFor();
    expect(await page.getByRole('link', { name: 'Docs', exact: true }).getAttribute('href')).toMatch(
      /#\/events\/ai\.token\.limit_exceeded$/,
    );
    await page.getByRole('link', { name: 'Replay this event' }).waitFor();

    await site().call('POST', `/admin/events/dlq/${dead}/retry`);
    await mails.getByText('completed').waitFor();
    await page.getByText(/was sent to be retried, by admin-ann/).waitFor();
    expect(problems).toEqual([]);
  });

  it('missing, or of another tenant: the page reports that it does not exist', async () => {
    const { page } = await open({ tenantId: 'other' });
    await page.goto(site().page(`/ops/events/${root}`));
    await page.getByRole('alert').getByText(`there is no event ${root}`).waitFor();
  });
});

describe('a trace', () => {
  it('graph: arrow keys move between events, Enter opens one', async () => {
    const { page, problems } = await open();
    await page.goto(site().page('/ops/traces/order-7'));
    await page.locator('.react-flow__node').nth(4).waitFor();
    await counted(page.locator('.react-flow__edge'), 4);
    await page.locator(`.react-flow__node[data-id="${root}"]`).focus();
    const focused = () => page.evaluate("document.activeElement?.getAttribute('aria-label')");
    expect(await focused()).toMatch(/^ai\.token\.limit_exceeded, completed, from platform, after 0 ms$/);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect.poll(focused).toMatch(/^auth\.user\.created/);
    await page.keyboard.press('ArrowDown');
    await expect.poll(focused).toMatch(/^ai\.token\.limit_exceeded/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'ai.token.limit_exceeded', level: 1 }).waitFor();
    await expect.poll(() => page.url()).toContain(dead);
    expect(problems).toEqual([]);
  });

  it('of several hundred events: also shown as a timeline, and filtered to failed events', async () => {
    const { flaky, call } = site();
    flaky.broken = true;
    const { events } = (await call('GET', '/admin/traces/large')).body;
    const context = { tenantId: 'many', correlationId: 'large', causationId: events[40].id };
    const late = await flaky.exceedBudget('late', context);
    await until('it is dead', async () => (await statusOfRow(late)) === 'DLQ');
    flaky.broken = false;
    const { page } = await open();
    await page.goto(site().page('/ops/traces/large'));
    await page.getByText('1 dead').waitFor();
    await page.locator('.react-flow__node').first().waitFor();
    // Nodes outside of the view are not rendered.
    expect(await page.locator('.react-flow__node').count()).toBeLessThan(60);
    await page.getByText('Timeline', { exact: true }).click();
    await counted(page.locator('.timeline li'), large + 1);
    await page.getByLabel('Only failed events').press('Space');
    await counted(page.locator('.timeline li'), 3);
    await expect.poll(() => page.url()).toContain('view=timeline&only=failed');
    await page.getByText('Graph', { exact: true }).click();
    await counted(page.locator('.react-flow__node'), 3);
    await counted(page.locator('.react-flow__node .failed'), 1);
    await call('POST', `/admin/events/dlq/${late}/retry`);
    await page.getByText('1 dead').waitFor({ state: 'hidden' });
  });
});

describe('a replay', () => {
  it('is counted before its start, shows its progress, can be cancelled and resumed, and is in the audit log', async () => {
    const { page, problems } = await open();
    await page.goto(site().page('/ops/replays'));
    await page.getByLabel('Tenant').fill('many');
    await page.getByLabel('Events per second, at most').fill('50');
    await page.keyboard.press('Enter');
    await page.getByText('301 events, for notifications; 7 s at least').waitFor();
    await page.getByLabel('Tenant').fill('many ');
    await counted(page.getByRole('button', { name: /^Replay / }), 0);
    await page.getByRole('button', { name: 'Count the events' }).click();
    await page.getByRole('button', { name: 'Replay 301 events' }).click();
    const dialog = page.getByRole('dialog', { name: 'Replay 301 events' });
    await dialog.getByLabel('Type 301 to confirm').fill('301');
    await dialog.getByRole('button', { name: 'Replay', exact: true }).click();
    const newest = page.locator('.replay').first();
    await newest.getByText('running').waitFor();
    await newest.getByText(/[1-9]\d* replayed/).waitFor();
    await newest.getByRole('button', { name: 'Cancel' }).click();
    await newest.getByText('cancelled').waitFor();
    await expectAccessible(page);
    await newest.getByRole('button', { name: 'Resume' }).click();
    await newest.getByText('completed').waitFor();
    await expect.poll(() => newest.textContent()).toMatch(/100 %.*301 replayed/);
    await expect.poll(() => newest.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('100');

    await page.goto(site().page('/ops/audit?tenantId=many'));
    for (const action of ['started', 'cancelled', 'resumed']) {
      await page.getByText(`admin-ann ${action} a replay`).waitFor();
    }
    expect(problems).toEqual([]);
  });

  it('invalid input: reported at its field; with a token of one tenant, the tenant is fixed', async () => {
    const { page } = await open({ tenantId: 'acme' });
    await page.goto(site().page(`/ops/replays?type=auth.user.created&from=2020-01-01T00:00:00.000Z`));
    await expect.poll(() => page.getByLabel('Tenant').getAttribute('readonly')).not.toBeNull();
    await page.getByText('No replays yet.').waitFor();
    await page.getByRole('button', { name: 'Count the events' }).click();
    await page.getByRole('alert').getByText('must be within the retention').waitFor();
    await page.getByLabel('Events per second, at most').fill('none');
    await page.getByRole('button', { name: 'Count the events' }).click();
    await page.getByText('Enter a whole number').waitFor();
  });
});

describe('audit log', () => {
  it('shows who made each change, with the values before and after', async () => {
    const { page, problems } = await open();
    await page.goto(site().page('/ops/audit?tenantId=acme'));
    await page.getByRole('combobox', { name: 'What' }).click();
    await page.getByRole('option', { name: 'edited and retried a dead letter' }).click();
    await counted(page.locator('.audit > li'), 1);
    await page.getByRole('button', { name: /^Show before and after/ }).click();
    const change = page.locator('.diff tr', { hasText: '$.provider' });
    await expect.poll(() => change.locator('td').allTextContents()).toEqual(['opnai', 'openai']);
    await expectAccessible(page);
    await page.reload();
    await counted(page.locator('.audit > li'), 1);
    await page.getByLabel('Who').fill('nobody');
    await page.getByText('No entries match').waitFor();
    expect(problems).toEqual([]);
  });
});

it('every page: accessible and not wider than the window, in both themes and widths', async () => {
  const { page, problems } = await open();
  const traces = ['/ops/traces/order-7', '/ops/traces/order-7?view=timeline'];
  const paths = ['/ops/events', '/ops/events?live=yes', `/ops/events/${dead}`, ...traces, '/ops/replays', '/ops/audit'];
  for (const path of paths) {
    await page.goto(site().page(path));
    await expectWellEverywhere(page, path);
  }
  expect(problems).toEqual([]);
});
