import { beforeEach, describe, expect, it } from 'vitest';
import type { Parked } from '../../../admin/answers.js';
import { useAdminSite } from '../../support/browser/admin-site.js';
import { expectAccessible, expectWellEverywhere } from '../../support/browser/axe.js';
import { newGate, until } from '../../support/wait.js';

const { site, open } = useAdminSite();
const parkedNow = async (): Promise<readonly Parked[]> =>
  (await site().call('GET', '/admin/events/parked?limit=200')).body.parked;

/** Parks events for both handlers of the service. Returns their ids. */
async function park(count: number, version = '99.0.0', tenantId = 'acme'): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) ids.push(await site().flaky.park(version, { tenantId }));
  await until('they are parked', async () => {
    const parked = await parkedNow();
    return ids.every((id) => parked.filter(({ eventId }) => eventId === id).length === 2);
  });
  return ids;
}

const set = (version = '99.0.0') => `section[aria-label="ai.token.limit_exceeded ${version} for notifications"]`;

beforeEach(async () => {
  const ids = (await parkedNow()).map(({ id }) => id);
  if (ids.length > 0) await site().call('POST', '/admin/events/parked/discard', { ids });
});

describe('parked deliveries', () => {
  it('appear when they are parked, with the awaited version, the reason and a fix; disappear when a build handles them', async () => {
    const { page, problems } = await open();
    await page.goto(site().page('/ops/parked'));
    await page.getByText('No parked deliveries').waitFor();
    const [id = ''] = await park(1);
    const waiting = page.locator(set());
    await waiting.getByText('VERSION_AHEAD').waitFor();
    await waiting.getByText('Deploy a build of notifications').waitFor();
    await waiting.getByText('this catalog has').waitFor();
    await waiting.getByText('Running: 1.0.0 in 1 process.').waitFor();
    for (const handler of ['mails', 'count']) {
      const row = waiting.getByRole('row').filter({ has: page.getByRole('cell', { name: handler, exact: true }) });
      await row.getByRole('link', { name: id }).waitFor();
      await row.getByRole('cell', { name: 'acme', exact: true }).waitFor();
    }
    await page.getByText('2 parked deliveries', { exact: true }).waitFor();
    const newer = await site().flaky.deploy('99.0.0');
    try {
      await page.getByText('No parked deliveries').waitFor();
      expect(site().flaky.handled).toContain(id);
    } finally {
      await newer.close();
    }
    expect(problems).toEqual([]);
  });

  it('overview: reports parked deliveries, with links to them', async () => {
    await park(1);
    const { page } = await open();
    await page.goto(site().page('/ops'));
    await page.getByText('2 deliveries are parked').waitFor();
    await page.locator('.processes').waitFor();
    await expectWellEverywhere(page, '/ops with parked deliveries');
    await page.getByRole('link', { name: 'See what waits' }).click();
    await page.getByRole('heading', { name: 'Parked deliveries', level: 1 }).waitFor();
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(site().page('/ops'));
    await page.getByRole('link', { name: '2 parked deliveries of notifications' }).click();
    await expect.poll(() => page.url()).toContain('group=notifications');
    await page.locator(set()).waitFor();
    await page.getByLabel('Group').fill('other');
    await page.getByText('No parked deliveries of other.').waitFor();
    await expect.poll(() => page.url()).toContain('group=other');
  });

  it('overview: reports nothing if there are none', async () => {
    const { page } = await open();
    await page.goto(site().page('/ops'));
    // The figures may be a second old.
    await page.getByText('are parked').waitFor({ state: 'hidden' });
    await page.getByRole('row', { name: /^notifications/ }).waitFor();
    expect(await page.getByRole('link', { name: 'See what waits' }).count()).toBe(0);
  });

  it('discard one: only after a confirmation, by keyboard only', async () => {
    const [id = ''] = await park(1);
    const { page, problems } = await open();
    // A new page, independent of the state that the previous test left.
    await page.goto(site().page('/'));
    // Before the page is shown, the keys would go to the page of the previous test.
    await page.getByRole('heading', { name: 'HYVVE platform events', level: 1 }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('p');
    await page.locator(set()).waitFor();
    const focused = () =>
      page.evaluate<string>(
        "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''",
      );
    const tabTo = async (name: string) => {
      for (let presses = 0; presses < 80 && (await focused()) !== name; presses += 1) await page.keyboard.press('Tab');
      expect(await focused()).toBe(name);
    };
    await page.locator('main').focus();
    await tabTo('Select all 2 of ai.token.limit_exceeded 99.0.0 for notifications');
    await tabTo(`Discard ${id} for mails`);
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Discard a parked delivery' });
    await dialog.getByText('will not reach mails of notifications').waitFor();
    await expect.poll(focused).toBe('Discard for good');
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    expect(await parkedNow()).toHaveLength(2);
    await tabTo(`Discard ${id} for mails`);
    await page.keyboard.press('Enter');
    await expect.poll(focused).toBe('Discard for good');
    await page.keyboard.press('Enter');
    await dialog.getByText('1 discarded for good.').waitFor();
    await expect.poll(focused).toBe('Close');
    await page.keyboard.press('Enter');
    await page.getByText('1 parked delivery', { exact: true }).waitFor();
    expect((await parkedNow()).map(({ handler }) => handler)).toEqual(['count']);
    await page.goto(site().page('/ops/audit?action=discarded'));
    await page.getByText('admin-ann discarded a parked delivery').first().waitFor();
    await page
      .getByRole('button', { name: /before and after/ })
      .first()
      .click();
    await page.getByText('PARKED', { exact: true }).waitFor();
    expect(problems).toEqual([]);
  });

  it('discard several: only after their number was typed', async () => {
    await park(3);
    await park(1, '98.0.0');
    const { page, problems } = await open();
    await page.goto(site().page('/ops/parked'));
    const go = page.getByRole('button', { name: 'Discard selected' });
    await page.locator(set()).waitFor();
    await expect.poll(() => go.isDisabled()).toBe(true);
    await page.locator(set()).getByRole('checkbox', { name: 'Select all 6' }).check();
    await page.locator(set('98.0.0')).getByRole('checkbox').nth(1).check();
    await page.getByText('7 selected').waitFor();
    await page.locator(set()).getByRole('checkbox').nth(1).uncheck();
    await page.getByText('6 selected').waitFor();
    await go.click();
    const dialog = page.getByRole('dialog', { name: 'Discard parked deliveries' });
    await dialog.getByText('5 of ai.token.limit_exceeded 99.0.0 for notifications').waitFor();
    const sure = dialog.getByRole('button', { name: 'Discard 6' });
    await dialog.getByLabel('Type 6 to confirm').fill('7');
    await expect.poll(() => sure.isDisabled()).toBe(true);
    await expectWellEverywhere(page, '/ops/parked, confirming');
    await dialog.getByLabel('Type 6 to confirm').fill('6');
    await page.keyboard.press('Enter');
    await dialog.getByText('6 discarded for good.').waitFor();
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
    await page.getByText('None selected').waitFor();
    expect(await parkedNow()).toHaveLength(2);
    expect(problems).toEqual([]);
  });

  it('discard, after another operator discarded one of them: it is reported as gone, and no longer selected', async () => {
    await park(2);
    await park(1, '98.0.0');
    const { page } = await open();
    await page.goto(site().page('/ops/parked'));
    await page.locator(set()).getByRole('checkbox', { name: 'Select all 4' }).check();
    await page.getByText('4 selected').waitFor();
    // Its requests wait here, so that only the click can detect the change.
    const polls = newGate();
    const list = '**/admin/events/parked?*';
    await page.route(list, async (route) => {
      await polls.passed;
      await route.continue();
    });
    const first = (await parkedNow()).find(({ version }) => version === '99.0.0');
    await site().call('DELETE', `/admin/events/parked/${first?.id}`);
    await page.getByRole('button', { name: 'Discard selected' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Type 4 to confirm').fill('4');
    await page.keyboard.press('Enter');
    await dialog.getByText('3 discarded for good. 1 was no longer parked').waitFor();
    polls.open();
    await page.unrouteAll({ behavior: 'wait' });
    await page.keyboard.press('Escape');
    await page.locator(set()).waitFor({ state: 'hidden' });
    await page.getByText('None selected').waitFor();
  });

  it('list: in pages, and with a token of one tenant only those of this tenant', async () => {
    await park(52);
    await park(1, '99.0.0', 'other');
    const { page } = await open();
    await page.goto(site().page('/ops/parked'));
    await page.getByText('The first 100 parked deliveries').waitFor();
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByText('106 parked deliveries', { exact: true }).waitFor();
    expect(await page.locator('.parked tbody tr').count()).toBe(106);
    const bound = await open({ tenantId: 'other' });
    await bound.page.goto(site().page('/ops/parked'));
    await bound.page.getByText('2 parked deliveries', { exact: true }).waitFor();
  });
});

it('the page: accessible and not wider than the window, in both themes and widths', async () => {
  const { page, problems } = await open();
  await page.goto(site().page('/ops/parked'));
  await expectWellEverywhere(page, '/ops/parked, empty');
  await park(3);
  await park(1, '99.1.0', 'a-tenant-with-a-name-that-is-rather-long-for-a-phone');
  await page.locator(set('99.1.0')).waitFor();
  await expectWellEverywhere(page, '/ops/parked');
  expect(problems).toEqual([]);
});
