import { describe, expect, it } from 'vitest';
import { token } from '../../support/admin/admin.js';
import { useAdminSite } from '../../support/browser/admin-site.js';
import { expectAccessible, expectWellEverywhere } from '../../support/browser/axe.js';
import { startPathProxy } from '../../support/browser/path-proxy.js';
import { until } from '../../support/wait.js';

const { site, open } = useAdminSite({ redisTimeoutMs: 5_000 });
const figure = (name: string) => `.figure:has(h2:text-is("${name}"))`;

describe('overview', () => {
  it('shows current figures, the busiest types, groups and processes', async () => {
    const { flaky, call } = site();
    const { page, problems } = await open();
    await page.goto(site().page('/ops'));
    await page.getByText('Live · refreshed').waitFor();
    await page.locator(figure('Dead letters')).getByText('none', { exact: true }).waitFor();
    flaky.broken = true;
    const eventId = await flaky.exceedBudget('openai', { tenantId: 'acme' });
    await page.locator(figure('Dead letters')).getByText('1', { exact: true }).waitFor();
    await page.locator(figure('Events in 24 h')).getByText('1', { exact: true }).waitFor();
    await page.getByRole('link', { name: '1 dead letters of ai.token.limit_exceeded' }).waitFor();
    const group = page.getByRole('row', { name: /^notifications/ });
    await group.getByText('working').waitFor();
    await page.locator('.processes').getByText('2 handlers').waitFor();
    await page.locator('.chart svg').first().waitFor();
    await page.getByText('The same as a table').click();
    await page.getByRole('table', { name: /^Throughput by minute/ }).waitFor();
    await page.getByText('30 days').click();
    await page
      .getByRole('table', { name: /^Throughput by day/ })
      .getByRole('row')
      .nth(1)
      .waitFor();

    flaky.broken = false;
    await call('POST', `/admin/events/dlq/${eventId}/retry`);
    await page.locator(figure('Dead letters')).getByText('none', { exact: true }).waitFor();
    expect(problems).toEqual([]);
  });

  it('accessible and not wider than the window, in both themes and widths', async () => {
    const { page } = await open();
    await page.goto(site().page('/ops'));
    await page.locator('.chart svg').first().waitFor();
    await expectWellEverywhere(page, '/ops');
  });

  it('Redis unavailable: the figures are marked as stale, and as live again afterwards', async () => {
    const { page } = await open();
    await page.goto(site().page('/ops'));
    await page.getByText('Live · refreshed').waitFor();
    process.kill(site().redisPid, 'SIGSTOP');
    try {
      await page.getByText('Stale · refreshed').waitFor();
      await page.getByRole('alert').getByText('These figures are of').waitFor();
      await expectAccessible(page);
    } finally {
      process.kill(site().redisPid, 'SIGCONT');
    }
    await page.getByText('Live · refreshed').waitFor();
    await page.getByRole('alert').waitFor({ state: 'hidden' });
    await until('the service is ready', async () => (await site().call('GET', '/health/ready')).status === 200);
  });
});

it('a proxy that serves it below a path and removes the path: every page works', async () => {
  const proxy = await startPathProxy(new URL(site().page('')).origin, '/tools/events/');
  try {
    const { page, problems } = await open({ tenantId: 'hosted' });
    await page.goto(`${proxy.url}#/ops/dead-letters`);
    await page.getByText('No dead letters: every handler has succeeded').waitFor();
    await page.getByRole('link', { name: 'Replays' }).click();
    await page.getByText('No replays yet.').waitFor();
    await page.getByRole('link', { name: 'Schemas' }).click();
    await page.getByRole('heading', { name: 'Schemas', level: 1 }).waitFor();
    expect(problems).toEqual([]);
  } finally {
    await proxy.close();
  }
});

describe('event page in the docs', () => {
  it('shows live figures, but not to a token of one tenant', async () => {
    const { page } = await open();
    await page.goto(site().page('/events/ai.token.limit_exceeded'));
    const live = page.locator('#live');
    await live.getByText('notifications / mails').waitFor();
    await expect.poll(() => live.textContent()).toMatch(/Published in 24 h\s*1/);
    await live.locator('a time').waitFor();
    await expectAccessible(page);
    const bound = await open({ tenantId: 'other' });
    await bound.page.goto(site().page('/events/ai.token.limit_exceeded'));
    await bound.page.locator('#live').getByText('no event within the retention').waitFor();
    expect(await bound.page.locator('#live').textContent()).not.toContain('Published in 24 h');
  });
});

describe('signing in', () => {
  it('accepts a valid token, stores it for the tab on request, and deletes it on sign-out', async () => {
    const { page } = await open({ role: null });
    await page.goto(site().page('/ops'));
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await expectAccessible(page);
    await page.getByLabel('Token', { exact: true }).fill('not.a.token');
    await page.keyboard.press('Enter');
    await page.getByText('The token is not valid.').waitFor();
    await expectAccessible(page);
    await page.getByLabel('Token', { exact: true }).fill(await token('viewer'));
    await page.keyboard.press('Enter');
    await page.getByText('The role of this token does not have access to these pages.').waitFor();
    await page.getByLabel('Token', { exact: true }).fill(await token('owner'));
    await page.getByLabel('Keep it until this tab is closed').check();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Live · refreshed').waitFor();
    await page.locator('.side').getByText('owner-ann').waitFor();
    await page.reload();
    await page.getByText('Live · refreshed').waitFor();
    await page.locator('.side').getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await expect.poll(() => page.evaluate('sessionStorage.length')).toBe(0);
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('a token of one tenant: no figures that span tenants', async () => {
    const { page } = await open({ tenantId: 'acme' });
    await page.goto(site().page('/ops'));
    await page.getByText('your token is bound to acme').waitFor();
    await page.locator('.side').getByText('admin of acme').waitFor();
    expect(await page.locator('.side a[href="#/ops"]').count()).toBe(0);
  });
});
